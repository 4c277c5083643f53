/* number.c: texts that are numbers, exactly.
 *
 * A decimal is w * 10^q with an integer w of at most 19 digits.  Small ones are
 * one exact multiplication or division (Clinger 1990), most others a product
 * of w and 128 bits of 5^q (Lemire 2021, "Number parsing at a gigabyte per
 * second"; the steps here are those of its section 5), the rest is strtod's.
 * None of it looks at the locale but strtod, which is given its own point.
 */
#include <langinfo.h>
#include <stdlib.h>

#include "frame.h"

/* ---- Decimals --------------------------------------------------------- */

enum { LEAST = -40, MOST = 40 };
/* 2^53 would do, but numbers of 16 digits would be on either side of it. */
#define EXACT 1000000000000000u

/* The first 128 bits of 5^q, q from LEAST to MOST. */
static const uint64_t five[MOST - LEAST + 1][2] = {
    /* clang-format off */
    {0x8B61313BBABCE2C6, 0x2323AC4B3B3DA015},
    {0xAE397D8AA96C1B77, 0xABEC975E0A0D081A},
    {0xD9C7DCED53C72255, 0x96E7BD358C904A21},
    {0x881CEA14545C7575, 0x7E50D64177DA2E54},
    {0xAA242499697392D2, 0xDDE50BD1D5D0B9E9},
    {0xD4AD2DBFC3D07787, 0x955E4EC64B44E864},
    {0x84EC3C97DA624AB4, 0xBD5AF13BEF0B113E},
    {0xA6274BBDD0FADD61, 0xECB1AD8AEACDD58E},
    {0xCFB11EAD453994BA, 0x67DE18EDA5814AF2},
    {0x81CEB32C4B43FCF4, 0x80EACF948770CED7},
    {0xA2425FF75E14FC31, 0xA1258379A94D028D},
    {0xCAD2F7F5359A3B3E, 0x096EE45813A04330},
    {0xFD87B5F28300CA0D, 0x8BCA9D6E188853FC},
    {0x9E74D1B791E07E48, 0x775EA264CF55347E},
    {0xC612062576589DDA, 0x95364AFE032A819E},
    {0xF79687AED3EEC551, 0x3A83DDBD83F52205},
    {0x9ABE14CD44753B52, 0xC4926A9672793543},
    {0xC16D9A0095928A27, 0x75B7053C0F178294},
    {0xF1C90080BAF72CB1, 0x5324C68B12DD6339},
    {0x971DA05074DA7BEE, 0xD3F6FC16EBCA5E04},
    {0xBCE5086492111AEA, 0x88F4BB1CA6BCF585},
    {0xEC1E4A7DB69561A5, 0x2B31E9E3D06C32E6},
    {0x9392EE8E921D5D07, 0x3AFF322E62439FD0},
    {0xB877AA3236A4B449, 0x09BEFEB9FAD487C3},
    {0xE69594BEC44DE15B, 0x4C2EBE687989A9B4},
    {0x901D7CF73AB0ACD9, 0x0F9D37014BF60A11},
    {0xB424DC35095CD80F, 0x538484C19EF38C95},
    {0xE12E13424BB40E13, 0x2865A5F206B06FBA},
    {0x8CBCCC096F5088CB, 0xF93F87B7442E45D4},
    {0xAFEBFF0BCB24AAFE, 0xF78F69A51539D749},
    {0xDBE6FECEBDEDD5BE, 0xB573440E5A884D1C},
    {0x89705F4136B4A597, 0x31680A88F8953031},
    {0xABCC77118461CEFC, 0xFDC20D2B36BA7C3E},
    {0xD6BF94D5E57A42BC, 0x3D32907604691B4D},
    {0x8637BD05AF6C69B5, 0xA63F9A49C2C1B110},
    {0xA7C5AC471B478423, 0x0FCF80DC33721D54},
    {0xD1B71758E219652B, 0xD3C36113404EA4A9},
    {0x83126E978D4FDF3B, 0x645A1CAC083126EA},
    {0xA3D70A3D70A3D70A, 0x3D70A3D70A3D70A4},
    {0xCCCCCCCCCCCCCCCC, 0xCCCCCCCCCCCCCCCD},
    {0x8000000000000000, 0x0000000000000000},
    {0xA000000000000000, 0x0000000000000000},
    {0xC800000000000000, 0x0000000000000000},
    {0xFA00000000000000, 0x0000000000000000},
    {0x9C40000000000000, 0x0000000000000000},
    {0xC350000000000000, 0x0000000000000000},
    {0xF424000000000000, 0x0000000000000000},
    {0x9896800000000000, 0x0000000000000000},
    {0xBEBC200000000000, 0x0000000000000000},
    {0xEE6B280000000000, 0x0000000000000000},
    {0x9502F90000000000, 0x0000000000000000},
    {0xBA43B74000000000, 0x0000000000000000},
    {0xE8D4A51000000000, 0x0000000000000000},
    {0x9184E72A00000000, 0x0000000000000000},
    {0xB5E620F480000000, 0x0000000000000000},
    {0xE35FA931A0000000, 0x0000000000000000},
    {0x8E1BC9BF04000000, 0x0000000000000000},
    {0xB1A2BC2EC5000000, 0x0000000000000000},
    {0xDE0B6B3A76400000, 0x0000000000000000},
    {0x8AC7230489E80000, 0x0000000000000000},
    {0xAD78EBC5AC620000, 0x0000000000000000},
    {0xD8D726B7177A8000, 0x0000000000000000},
    {0x878678326EAC9000, 0x0000000000000000},
    {0xA968163F0A57B400, 0x0000000000000000},
    {0xD3C21BCECCEDA100, 0x0000000000000000},
    {0x84595161401484A0, 0x0000000000000000},
    {0xA56FA5B99019A5C8, 0x0000000000000000},
    {0xCECB8F27F4200F3A, 0x0000000000000000},
    {0x813F3978F8940984, 0x4000000000000000},
    {0xA18F07D736B90BE5, 0x5000000000000000},
    {0xC9F2C9CD04674EDE, 0xA400000000000000},
    {0xFC6F7C4045812296, 0x4D00000000000000},
    {0x9DC5ADA82B70B59D, 0xF020000000000000},
    {0xC5371912364CE305, 0x6C28000000000000},
    {0xF684DF56C3E01BC6, 0xC732000000000000},
    {0x9A130B963A6C115C, 0x3C7F400000000000},
    {0xC097CE7BC90715B3, 0x4B9F100000000000},
    {0xF0BDC21ABB48DB20, 0x1E86D40000000000},
    {0x96769950B50D88F4, 0x1314448000000000},
    {0xBC143FA4E250EB31, 0x17D955A000000000},
    {0xEB194F8E1AE525FD, 0x5DCFAB0800000000},
    /* clang-format on */
};

static inline uint64_t product(uint64_t a, uint64_t b, uint64_t *low) {
    __extension__ unsigned __int128 r = (unsigned __int128)a * b;
    *low = (uint64_t)r;
    return (uint64_t)(r >> 64);
}

/* The bits of w * 5^q from the top; w has its highest bit set. */
static uint64_t scaled(uint64_t w, int q, uint64_t *low) {
    const uint64_t *f = five[q - LEAST];
    uint64_t high = product(w, f[0], low);
    if ((high & 0x1FF) == 0x1FF) {
        uint64_t rest, more = product(w, f[1], &rest);
        *low += more;
        high += more > *low;
    }
    return high;
}

/* Rounds 55 bits of mantissa to 53, half to even, and puts sign-less parts
 * together. */
static double assembled(uint64_t mantissa, int power) {
    mantissa += mantissa & 1;
    mantissa >>= 1;
    if (mantissa >= (uint64_t)2 << 52) {
        mantissa = (uint64_t)1 << 52;
        power++;
    }
    uint64_t bits = (mantissa & ~((uint64_t)1 << 52)) | (uint64_t)power << 52;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static bool lemire(uint64_t w, int q, double *v) {
    int zeros = __builtin_clzll(w);
    uint64_t low, high = scaled(w << zeros, q, &low);
    if (low == UINT64_MAX && (q < -27 || q > 55))
        return false;
    int upper = (int)(high >> 63);
    uint64_t mantissa = high >> (upper + 9);
    int power = ((217706 * q) >> 16) + 63 + upper - zeros + 1023;
    if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 &&
        mantissa << (upper + 9) == high)
        mantissa &= ~(uint64_t)1; /* half way exactly */
    *v = assembled(mantissa, power);
    return true;
}

bool mlrt__decimal(uint64_t w, int q, double *v) {
    static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (w < EXACT && q >= -22 && q <= 22) {
        *v = q < 0 ? (double)w / ten[-q] : (double)w * ten[q];
        return true;
    }
    if (w == 0)
        *v = 0;
    return w == 0 || (q >= LEAST && q <= MOST && lemire(w, q, v));
}

/* ---- Whole cells ------------------------------------------------------ */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

mlrt__parsed mlrt__parse_i64(const char *p, size_t n, int64_t *v) {
    const char *end = p + n;
    bool negative = n && *p == '-', wrapped = false;
    int64_t x = 0;
    if (n && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return MLRT__NO;
    for (; p < end; p++) {
        if (!is_digit(*p))
            return MLRT__NO;
        int d = negative ? '0' - *p : *p - '0';
        wrapped = wrapped || __builtin_mul_overflow(x, 10, &x) ||
                  __builtin_add_overflow(x, d, &x);
    }
    *v = x;
    return wrapped || x == INT64_MIN ? MLRT__TOO_LONG : MLRT__YES;
}

/* Lower-case letters of a word against n bytes. */
static bool is_word(const char *p, size_t n, const char *word) {
    for (; n && *word; p++, n--, word++)
        if ((*p | 32) != *word)
            return false;
    return n == 0 && *word == '\0';
}

static bool is_infinite(const char *p, size_t n) {
    return is_word(p, n, "inf") || is_word(p, n, "infinity");
}

/* Is it digits, a point among them, and an exponent? */
static bool is_decimal(const char *p, size_t n, char point) {
    const char *end = p + n;
    int digits = 0;
    for (; p < end && is_digit(*p); p++)
        digits++;
    if (p < end && *p == point)
        for (p++; p < end && is_digit(*p); p++)
            digits++;
    if (digits && p + 1 < end && (*p | 32) == 'e') {
        p++;
        p += *p == '-' || *p == '+';
        if (p == end)
            return false;
        while (p < end && is_digit(*p))
            p++;
    }
    return digits && p == end;
}

/* strtod with the point that it expects. */
static bool by_library(const char *p, size_t n, char point, double *v) {
    const char *radix = nl_langinfo(RADIXCHAR);
    size_t k = 0, r = strlen(radix);
    char text[1024], *end;
    if (n + r + 1 > sizeof text)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool here = p[i] == point;
        memcpy(text + k, here ? radix : p + i, here ? r : 1);
        k += here ? r : 1;
    }
    text[k] = '\0';
    *v = strtod(text, &end);
    return end == text + k;
}

mlrt__parsed mlrt__parse_f64(const char *p, size_t n, char point, double *v) {
    bool negative = n && *p == '-';
    if (n && (*p == '-' || *p == '+'))
        p++, n--;
    if (is_infinite(p, n))
        *v = (double)__builtin_inff();
    else if (!is_decimal(p, n, point) || !by_library(p, n, point, v))
        return MLRT__NO;
    *v = negative ? -*v : *v;
    return MLRT__YES;
}

mlrt__parsed mlrt__parse_bool(const char *p, size_t n, bool *v) {
    *v = is_word(p, n, "true");
    return *v || is_word(p, n, "false") ? MLRT__YES : MLRT__NO;
}
