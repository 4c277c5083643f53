# A headless browser lays report.html out: nothing is wider than the screen of a
# phone or of a desk, every picture is there, and nothing is asked of a network.
set -u
[ -z "${SANITIZE-}" ] || { echo "no compiled code in this one"; exit 77; }
for name in chromium chromium-browser google-chrome chrome; do
    browser=$(command -v $name) && break
done
[ "${browser:-}" ] || { echo "no Chromium here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$B/mlrun" tests/check/report.lua "$work" || exit 1
bad=0
# What the page measures of itself is written into a copy of it.  A window
# cannot be as narrow as a phone, so the body is made so; what scrolls by itself
# may be wider.
probe='<script>addEventListener("load", function () {
  document.body.style.maxWidth = "WIDTHpx";
  var edge = document.body.getBoundingClientRect(), wide = 0;
  for (var e of document.querySelectorAll(
      "body *:not(.wide *):not(pre *):not(svg *)"))
    if (e.getBoundingClientRect().right > edge.right + 1 ||
        (e.clientWidth && !e.matches(".wide, pre") &&
          e.scrollWidth > e.clientWidth + 1)) wide++;
  var out = document.createElement("pre");
  out.textContent = "PROBE at=" + edge.width + " wide=" + wide + " broken=" +
    [...document.images].filter(i => !i.naturalWidth).length + " svg=" +
    document.querySelectorAll("svg").length + " asked=" +
    performance.getEntriesByType("resource").filter(
      r => !r.name.startsWith("data:")).length + " bold=" +
    document.querySelectorAll("td b, th b").length;
  document.body.append(out);
});</script></body>'
# look NAME WIDTH CHARTS
look() {
    page=$work/$1/probe.html
    awk -v probe="$(echo "$probe" | sed "s/WIDTH/$2/")" '
        {i = index($0, "</body>")
        if (i) $0 = substr($0, 1, i - 1) probe substr($0, i + 7); print}' \
        "$work/$1/report.html" >"$page"
    seen=$(timeout 60 "$browser" --headless --no-sandbox --disable-gpu \
        --user-data-dir="$work/profile" --window-size=1300,800 --dump-dom \
        "file://$page" 2>/dev/null | grep -o 'PROBE at=[0-9].*[0-9]')
    [ "$seen" = "PROBE at=$2 wide=0 broken=0 svg=$3 asked=0 bold=0" ] || {
        echo "$1 at $2 pixels: ${seen:-nothing}"
        bad=1
    }
}
look classes 360 8
look texts 360 6
look numbers 360 5
look classes 1080 8
exit $bad
