"""Tables and figure of docs/delivery-measurements.md from a result of `lclab bench --json delivery`."""
import json
import re
import sys

COMPARED = re.compile(r"delivery: (\d+) MiB, 8 receivers, 100 Mbit/s, (\d+) % lost$")
BYTES, TIME, TRANSFER, FILES = "bytes sent", "time to the last file", "time from the first 64 kB sent", "files whole and equal"
ROWS = [  # name of the figure, what the table calls it, digits
    (BYTES, "MB sent", 1),
    (TIME, "s, from the start of the sender", 2),
    (TRANSFER, "s, from the first 64 kB", 2),
    ("sender's processor time", "sender, CPU s", 2),
    ("a receiver's processor time", "a receiver, CPU s", 2),
    ("sender's memory", "sender, MB", 0),
    ("a receiver's memory", "a receiver, MB", 0),
]
BEGIN, END = "<!-- figures: scripts/delivery-report -->", "<!-- end of figures -->"


class Result:
    """Figures by section and name, in their order."""

    def __init__(self, path):
        self.sections = {}
        for figure in json.load(open(path, encoding="utf-8"))["figures"]:
            if figure["section"].startswith("delivery: "):
                self.sections.setdefault(figure["section"], {})[figure["name"]] = figure
        self.compared = {}
        for section in self.sections:
            if match := COMPARED.match(section):
                self.compared[int(match[2])] = section
                self.size = int(match[1])
        if not self.compared:
            sys.exit("no deliveries in this result: make it with scripts/bench --json delivery")

    def figure(self, loss, method, name):
        return self.sections[self.compared[loss]].get(f"{method}: {name}")

    def value(self, loss, method, name):
        figure = self.figure(loss, method, name)
        return figure["value"] if figure else None

    def method(self, loss, method):
        """Of the two ways of udpcast the one that sends less, where it delivers."""
        if method != "udpcast":
            return method
        ways = [way for way in ("udpcast", "udpcast, FEC") if self.value(loss, way, BYTES) is not None]
        return min(ways, key=lambda way: self.value(loss, way, BYTES), default="udpcast")


METHODS = ["lcupdate", "uftp", "udpcast"]


def number(value, digits):
    return "–" if value is None else f"{value:.{digits}f}"


def comparison(result):
    losses = sorted(result.compared)
    yield "| | | " + " | ".join(f"{loss} %" for loss in losses) + " |"
    yield "|---|---|" + "---|" * len(losses)
    limits = [result.sections[result.compared[loss]]["limit: file / (1 − loss)"]["value"] for loss in losses]
    yield "| limit | MB sent | " + " | ".join(number(limit, 1) for limit in limits) + " |"
    for name, title, digits in ROWS:
        for method in METHODS:
            cells = []
            for loss in losses:
                way = result.method(loss, method)
                figure = result.figure(loss, way, name)
                cell = number(figure and figure["value"], digits)
                if figure and figure["goal"] is not None:
                    cell += f" (≤ {figure['goal']:.{digits}f}: {'met' if figure['met'] else '**not met**'})"
                cells.append(cell + (" FEC" if name == BYTES and way == "udpcast, FEC" else ""))
            yield f"| {method} | {title} | " + " | ".join(cells) + " |"
    for method in METHODS:
        cells = []
        for loss in losses:
            figure = result.figure(loss, result.method(loss, method), FILES)
            cells.append(f"{figure['value']:.0f} {figure['note'].split(';')[0]}" if figure else "–")
        yield f"| {method} | files whole and equal | " + " | ".join(cells) + " |"


def others(result):
    for section, figures in result.sections.items():
        if section in result.compared.values():
            continue
        yield ""
        yield f"{section.removeprefix('delivery: ')}:"
        yield ""
        yield "| | | |"
        yield "|---|---|---|"
        for figure in figures.values():
            digits = {"s": 2, "": 0, "Mbit/s": 0}.get(figure["unit"], 1)
            goal = ""
            if figure["goal"] is not None:
                goal = f"goal {figure['goal']:.{digits}f}: {'met' if figure['met'] else '**not met**'}"
            yield f"| {figure['name']} | {figure['value']:.{digits}f} {figure['unit']} | {goal} |"


def tables(result, machine):
    yield f"{machine} {result.size} MiB; medians."
    yield ""
    yield from comparison(result)
    yield from others(result)


COLOURS = {"lcupdate": "a", "uftp": "b", "udpcast": "c"}


def panel(result, left, name, title, limit):
    """Bars for each loss, one for each program, and for bytes the limit as a line."""
    losses = sorted(result.compared)
    width, height, top, base = 380, 200, 62, 262
    values = [result.value(loss, result.method(loss, method), name) or 0 for loss in losses for method in METHODS]
    highest = max(values + [0.01])
    step = next(s * 10**e for e in range(-2, 6) for s in (1, 2, 5) if s * 10**e * 6 >= highest)
    ticks = -int(-highest // step)  # rounded up
    scale = height / (step * ticks)
    yield f'<text class="text" x="{left}" y="40">{title}</text>'
    for tick in range(ticks + 1):
        y = base - tick * step * scale
        yield f'<path class="grid" d="M{left} {y:.1f}h{width}"/>'
        yield f'<text class="small end" x="{left - 6}" y="{y + 4:.1f}">{tick * step:g}</text>'
    slot = width / len(losses)
    for index, loss in enumerate(losses):
        start = left + index * slot
        for place, method in enumerate(METHODS):
            way = result.method(loss, method)
            x = start + 12 + place * 24
            value = result.value(loss, way, name)
            if value is None:
                yield f'<text class="small middle" x="{x + 11:.1f}" y="{base - 6}">✕</text>'
                continue
            bar = value * scale
            yield (
                f'<rect class="{COLOURS[method]}" x="{x:.1f}" y="{base - bar:.1f}" width="22" height="{bar:.1f}">'
                f"<title>{way}, {loss} % lost: {value:.2f}</title></rect>"
            )
        if limit:
            y = base - result.sections[result.compared[loss]]["limit: file / (1 − loss)"]["value"] * scale
            yield f'<path class="limit" d="M{start + 8:.1f} {y:.1f}h80"/>'
        yield f'<text class="small middle" x="{start + slot / 2:.1f}" y="{base + 18}">{loss} %</text>'
    yield f'<text class="small middle" x="{left + width / 2}" y="{base + 36}">lost at each receiver</text>'


STYLE = """
    .page { fill: #ffffff } .text { fill: #1f2328 } .small { fill: #57606a; font-size: 12px }
    .middle { text-anchor: middle } .end { text-anchor: end } .grid { stroke: #d0d7de; stroke-width: 1 }
    .limit { stroke: #1f2328; stroke-width: 2; stroke-dasharray: 5 3 }
    .a { fill: #0969da } .b { fill: #bc4c00 } .c { fill: #8c959f }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117 } .text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #30363d }
      .limit { stroke: #f0f6fc } .a { fill: #58a6ff } .b { fill: #f0883e }
    }
"""


def figure(result):
    yield '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 340"'
    yield '  font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="14">'
    yield f"<title>{result.size} MiB to eight receivers at 100 Mbit/s: octets sent and time by loss</title>"
    yield f"<style>{STYLE}</style>"
    yield '<rect class="page" width="880" height="340" rx="8"/>'
    yield from panel(result, 50, BYTES, "MB that left the sender", True)
    yield from panel(result, 480, TRANSFER, "seconds from the first data to the last whole file", False)
    x = 50
    for method in METHODS:
        yield f'<rect class="{COLOURS[method]}" x="{x}" y="314" width="12" height="12"/>'
        yield f'<text class="small" x="{x + 18}" y="324">{method}</text>'
        x += 100
    yield f'<path class="limit" d="M{x} 320h24"/><text class="small" x="{x + 32}" y="324">file / (1 − loss)</text>'
    yield "</svg>"


def main():
    result_path, machine, docs = sys.argv[1:]
    result = Result(result_path)
    page = f"{docs}/delivery-measurements.md"
    text = open(page, encoding="utf-8").read()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{page}: the lines {BEGIN} and {END} must be there once each")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with open(page, "w", encoding="utf-8") as out:
        out.write(before + BEGIN + "\n" + "\n".join(tables(result, machine)) + "\n" + END + after)
    with open(f"{docs}/delivery.svg", "w", encoding="utf-8") as out:
        out.write("\n".join(figure(result)) + "\n")


main()
