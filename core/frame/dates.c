/* dates.c: points in time, as microseconds since 1970-01-01 00:00 UTC.
 *
 * The calendar is the Gregorian one before its time too; days are counted as
 * Howard Hinnant describes ("chrono-Compatible Low-Level Date Algorithms").
 * Leap seconds do not exist.
 */
#include <stdio.h>

#include "frame.h"

int64_t mlrt__days(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return era * 146097 + days - 719468;
}

void mlrt__civil(int64_t days, int64_t *year, int *month, int *day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
                365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

/* ---- Reading ---------------------------------------------------------- */

/* A text being read, and what it said so far. */
typedef struct clock {
    const char *p, *end;
    int year, month, day, hour, minute, second, micro;
    int zone; /* minutes */
    int pm;   /* -1: not said */
} clock;

/* An integer of `least` to `most` digits. */
static bool number(clock *c, int least, int most, int *v) {
    int n = 0;
    *v = 0;
    for (; n < most && c->p < c->end && *c->p >= '0' && *c->p <= '9'; n++)
        *v = *v * 10 + (*c->p++ - '0');
    return n >= least;
}

static bool take(clock *c, char want) {
    bool is = c->p < c->end && *c->p == want;
    c->p += is;
    return is;
}

/* The digits of a fraction of a second; those behind the sixth are lost. */
static bool fraction(clock *c) {
    int scale = 100000, n = 0;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; n++, c->p++) {
        c->micro += scale * (*c->p - '0');
        scale /= 10;
    }
    return n > 0;
}

/* Z, +hh:mm, +hhmm, +hh or nothing. */
static bool zone(clock *c) {
    int hours, minutes = 0;
    if (c->p == c->end || take(c, 'Z'))
        return true;
    int sign = take(c, '-') ? -1 : take(c, '+') ? 1 : 0;
    if (!sign || !number(c, 2, 2, &hours))
        return false;
    bool colon = take(c, ':');
    if ((colon || c->p < c->end) && !number(c, 2, 2, &minutes))
        return false;
    c->zone = sign * (hours * 60 + minutes);
    return hours < 24 && minutes < 60;
}

/* YYYY-MM-DD or YYYY/MM/DD, and perhaps the time of the day. */
static bool iso(clock *c) {
    char mark = c->end - c->p > 4 ? c->p[4] : '\0';
    if ((mark != '-' && mark != '/') || !number(c, 4, 4, &c->year) ||
        !take(c, mark) || !number(c, 2, 2, &c->month) || !take(c, mark) ||
        !number(c, 2, 2, &c->day))
        return false;
    if (c->p == c->end)
        return true;
    if (!take(c, ' ') && !take(c, 'T'))
        return false;
    if (!number(c, 2, 2, &c->hour) || !take(c, ':') ||
        !number(c, 2, 2, &c->minute))
        return false;
    if (take(c, ':') &&
        (!number(c, 2, 2, &c->second) || (take(c, '.') && !fraction(c))))
        return false;
    return zone(c);
}

/* A month by the first letters of its English name; the rest is passed. */
static bool month_name(clock *c) {
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int m = 0; m < 12 && c->end - c->p >= 3; m++)
        if ((c->p[0] | 32) == names[3 * m] &&
            (c->p[1] | 32) == names[3 * m + 1] &&
            (c->p[2] | 32) == names[3 * m + 2]) {
            c->month = m + 1;
            while (c->p < c->end && (*c->p | 32) >= 'a' && (*c->p | 32) <= 'z')
                c->p++;
            return true;
        }
    return false;
}

static bool half_day(clock *c) {
    if (c->end - c->p < 2 || (c->p[1] | 32) != 'm')
        return false;
    c->pm = (*c->p | 32) == 'p';
    bool is = c->pm || (*c->p | 32) == 'a';
    c->p += 2;
    return is;
}

/* Two digits of a year: 69 to 99 are of the last century, as POSIX has it. */
static bool short_year(clock *c) {
    bool is = number(c, 2, 2, &c->year);
    c->year += c->year < 69 ? 2000 : 1900;
    return is;
}

static bool directive(clock *c, char d) {
    switch (d) {
    case 'Y': return number(c, 4, 4, &c->year);
    case 'y': return short_year(c);
    case 'm': return number(c, 1, 2, &c->month);
    case 'd': return number(c, 1, 2, &c->day);
    case 'H':
    case 'I': return number(c, 1, 2, &c->hour);
    case 'M': return number(c, 1, 2, &c->minute);
    case 'S': return number(c, 1, 2, &c->second);
    case 'f': return fraction(c);
    case 'b':
    case 'B': return month_name(c);
    case 'p': return half_day(c);
    case 'z': return zone(c);
    default: return take(c, d);
    }
}

static bool by_format(clock *c, const char *format) {
    for (; *format; format++) {
        bool is = *format == '%' && format[1] ? directive(c, *++format)
                                              : take(c, *format);
        if (!is)
            return false;
    }
    return true;
}

static bool is_time(clock *c) {
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
    bool leap = c->year % 4 == 0 && (c->year % 100 || c->year % 400 == 0);
    if (c->pm >= 0 && (c->hour < 1 || c->hour > 12))
        return false;
    if (c->pm >= 0)
        c->hour = c->hour % 12 + 12 * c->pm;
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days[c->month - 1] &&
           (c->month != 2 || c->day < 29 || leap) && c->hour < 24 &&
           c->minute < 60 && c->second < 60;
}

mlrt__parsed mlrt__parse_time(const char *p, size_t n, const char *format,
                              int64_t *v) {
    clock c = {.p = p, .end = p + n, .month = 1, .day = 1, .pm = -1};
    c.year = 1970;
    if (!(format ? by_format(&c, format) : iso(&c)) || c.p != c.end ||
        !is_time(&c))
        return MLRT__NO;
    int64_t minutes = mlrt__days(c.year, c.month, c.day) * 1440 + c.hour * 60 +
                      c.minute - c.zone;
    *v = (minutes * 60 + c.second) * 1000000 + c.micro;
    return MLRT__YES;
}

/* ---- Parts of dates --------------------------------------------------- */

enum { DAY = 86400 };

/* The quotient rounded down. */
static int64_t down(int64_t a, int64_t b) {
    int64_t q = a / b;
    return q - (a % b < 0);
}

/* What down(a, b) leaves: a less the quotient's b, which may overflow. */
static int64_t rest(int64_t a, int64_t b) {
    int64_t r = a % b;
    return r < 0 ? r + b : r;
}

/* The week of ISO 8601: the one that holds the year's first Thursday is 1. */
static int64_t week(int64_t days, int64_t weekday) {
    int64_t year;
    int month, day;
    int64_t thursday = days - weekday + 4;
    mlrt__civil(thursday, &year, &month, &day);
    return (thursday - mlrt__days(year, 1, 1)) / 7 + 1;
}

static int64_t part_of(int64_t us, mlrt_date_part part) {
    int64_t seconds = down(us, 1000000), days = down(seconds, DAY), year;
    int64_t of_day = rest(seconds, DAY);
    int64_t weekday = days - down(days + 3, 7) * 7 + 4; /* Monday is 1 */
    int month, day;
    mlrt__civil(days, &year, &month, &day);
    switch (part) {
    case MLRT_DATE_YEAR: return year;
    case MLRT_DATE_QUARTER: return (month + 2) / 3;
    case MLRT_DATE_MONTH: return month;
    case MLRT_DATE_WEEK: return week(days, weekday);
    case MLRT_DATE_DAY: return day;
    case MLRT_DATE_WEEKDAY: return weekday;
    case MLRT_DATE_DAY_OF_YEAR: return days - mlrt__days(year, 1, 1) + 1;
    case MLRT_DATE_HOUR: return of_day / 3600;
    case MLRT_DATE_MINUTE: return of_day / 60 % 60;
    case MLRT_DATE_SECOND: return of_day % 60;
    case MLRT_DATE_MICROSECOND: return rest(us, 1000000);
    default: return days;
    }
}

mlrt_tensor *mlrt_date_parts(mlrt *m, mlrt_tensor *x, mlrt_date_part part) {
    int err = mlrt__frame_check(m, "dates", x, MLRT_I64, -1);
    mlrt_tensor *y = err ? NULL : mlrt_empty(m, MLRT_I64, 1, &x->numel);
    const int64_t *from = y ? (const int64_t *)mlrt__ptr(x) : NULL;
    for (int64_t i = 0; y && i < y->numel; i++)
        ((int64_t *)mlrt__ptr(y))[i] = part_of(from[i], part);
    return y;
}

/* The time of the day is written where there is one. */
size_t mlrt_date_text(int64_t us, char text[MLRT_DATE_TEXT]) {
    int64_t seconds = down(us, 1000000), days = down(seconds, DAY), year;
    int64_t of_day = rest(seconds, DAY), micro = rest(us, 1000000);
    int month, day;
    mlrt__civil(days, &year, &month, &day);
    int n = snprintf(text, MLRT_DATE_TEXT, "%04lld-%02d-%02d", (long long)year,
                     month, day);
    if (of_day || micro)
        n += snprintf(text + n, (size_t)(MLRT_DATE_TEXT - n), " %02d:%02d:%02d",
                      (int)(of_day / 3600), (int)(of_day / 60 % 60),
                      (int)(of_day % 60));
    if (micro)
        n += snprintf(text + n, (size_t)(MLRT_DATE_TEXT - n), ".%06d",
                      (int)micro);
    return (size_t)n;
}
