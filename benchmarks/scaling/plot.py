"""One curve as an SVG picture: axes with units, grid lines, a title, the points with their range. Pure."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 78, 24, 64, 66
INK, GRID, LINE, NOTE = "#222", "#ddd", "#0b66c3", "#666"


def nice_step(largest, about=5):
    """A step of 1, 2 or 5 times a power of ten that cuts [0, largest] into about so many parts."""
    power = 10 ** math.floor(math.log10(largest / about))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * about >= largest * 0.999)


def linear_ticks(largest):
    step = nice_step(largest)
    return [step * i for i in range(math.ceil(largest / step - 1e-9) + 1)]


def label(value):
    """1,000,000 as 1M, 0.25 as it is."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


class Axis:
    """From values to pixels, linear or logarithmic."""

    def __init__(self, low, high, from_pixel, to_pixel, log=False):
        self._scale = math.log10 if log else float
        self._low, self._span = self._scale(low), (self._scale(high) - self._scale(low)) or 1
        self._from, self._to = from_pixel, to_pixel

    def __call__(self, value):
        return self._from + (self._scale(value) - self._low) / self._span * (self._to - self._from)


def text(x, y, words, anchor="middle", size=13, color=INK, more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}" {more}>'
            f"{escape(words)}</text>")


def line(x1, y1, x2, y2, color, width=1.0):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" '
            f'stroke-width="{width}"/>')


def svg(title, note, x_label, y_label, points, log_x=False):
    """`points`: (x, y, lowest y, highest y), by x; at least one. The y axis begins at 0, so that heights compare."""
    xs = [x for x, *_ in points]
    ticks = linear_ticks(max(high for *_, high in points) * 1.1)
    x_low, x_high = (min(xs), max(xs)) if log_x else (0, max(xs))
    x_at = Axis(x_low, x_high, LEFT + 14, WIDTH - RIGHT - 14, log_x)
    y_at = Axis(0, ticks[-1], HEIGHT - BOTTOM, TOP)
    bottom = HEIGHT - BOTTOM
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             f'font-family="sans-serif">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             text(LEFT, 28, title, "start", 17), text(LEFT, 48, note, "start", 12, NOTE)]
    for tick in ticks:
        parts += [line(LEFT, y_at(tick), WIDTH - RIGHT, y_at(tick), GRID),
                  text(LEFT - 8, y_at(tick) + 4, label(tick), "end", 12)]
    for x in shown(xs, x_at):
        parts += [line(x_at(x), bottom, x_at(x), bottom + 5, INK),
                  text(x_at(x), bottom + 20, label(x), size=12)]
    parts += [line(LEFT, bottom, WIDTH - RIGHT, bottom, INK), line(LEFT, TOP, LEFT, bottom, INK),
              text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, x_label),
              text(20, (TOP + bottom) / 2, y_label, more=f'transform="rotate(-90 20 {(TOP + bottom) / 2:.1f})"')]
    path = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y, *_ in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    for x, y, low, high in points:
        parts += [line(x_at(x), y_at(low), x_at(x), y_at(high), LINE),
                  f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="4" fill="{LINE}"/>',
                  text(x_at(x), y_at(high) - 9, label(y), size=11, color=LINE)]
    return "\n".join(parts) + "\n</svg>\n"


def shown(xs, x_at, apart=34):
    """Those whose labels don't touch."""
    kept = []
    for x in xs:
        if not kept or x_at(x) - x_at(kept[-1]) >= apart:
            kept.append(x)
    return kept
