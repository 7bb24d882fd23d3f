"""What scripts/bench found: judged, and told as text, SVG and Markdown. Reads what is in bench.json and nothing else."""
import html

from works import AGAIN

BEGIN, END = "<!-- measured: written by scripts/bench --write -->\n", "<!-- end of what is measured -->\n"


def number(value):
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}".replace(",", " ")


def spread(found):
    return f"{number(found['median'])} ({number(found['min'])}-{number(found['max'])})"


def wanted(goal):
    if goal["what"] == "exactly":
        return f"{number(goal['limit'])}"
    if goal["what"] == "more":
        return f"at most {goal['limit']:,} more".replace(",", " ")
    if goal["what"] == "flat":
        return f"flat within {goal['limit']:.2f}"
    return f"{goal['what']} {goal['limit']:.2f}"


def cell(entry):
    if entry is None:
        return "-"
    return entry["failure"] if "failure" in entry else spread(entry)


def peers(goal):
    return ", ".join(f"{name} {entry['failure'] if 'failure' in entry else number(entry['median'])}" for name, entry in goal["peers"].items())


def lines(result):
    for work in result["works"]:
        for goal in work["goals"]:
            title = work["name"] + ("" if goal["figure"] == "ns" else f": {goal['figure']}")
            if goal["run"] not in ("sigtame", "sigtame, "):
                title += f" ({goal['run'].removeprefix('sigtame, ')})"
            yield title, work, goal


def text_of_line(title, work, goal):
    return f"{title:54} {cell(goal['found']):26} {cell(goal['noise']):20} {wanted(goal):24} {goal['verdict']:14} {peers(goal)}"


HEADING = f"{'work':54} {'with sigtame':26} {'noise (A/A)':20} {'target':24} {'':14} peers"


def text(result):
    return "\n".join([HEADING] + [text_of_line(*line) for line in lines(result)])


def missed(result):
    return [title for title, _, goal in lines(result) if goal["verdict"] == "missed"]


# ---- The picture: a bar for each ratio, its target as a line. ----

LEFT, UNIT, BAR, MOST = 380, 150, 14, 3.0
COLOURS = {"sigtame": "#2b6cb0", "noise": "#cbd5e0", "peer": "#a0aec0"}


def bars(result):
    for title, _, goal in lines(result):
        if goal["what"] not in ("at most", "at least", "flat") or goal["found"] is None or "failure" in goal["found"]:
            continue
        yield title, goal["found"]["median"], goal["limit"], "sigtame"
        for name, entry in goal["peers"].items():
            if "failure" not in entry:
                yield name, entry["median"], None, "peer"


def bar(y, title, ratio, limit, kind):
    width = min(ratio, MOST) * UNIT
    weight = ' font-weight="bold"' if kind == "sigtame" else ""
    parts = [
        f'<text x="{LEFT - 6}" y="{y + BAR - 3}" text-anchor="end"{weight}>{html.escape(title)}</text>',
        f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{COLOURS[kind]}"/>',
        f'<text x="{LEFT + width + 4:.1f}" y="{y + BAR - 3}">{number(ratio)}</text>',
    ]
    if limit is not None:
        x = LEFT + min(limit, MOST) * UNIT
        parts.append(f'<path d="M{x:.1f} {y - 2}v{BAR + 2}" stroke="#c53030" stroke-width="2"/>')
    return "".join(parts)


def svg(result):
    rows, y = [], 40
    for title, ratio, limit, kind in bars(result):
        y += 8 if kind == "sigtame" else 0
        rows.append(bar(y, title, ratio, limit, kind))
        y += BAR + 2
    one = f'<path d="M{LEFT + UNIT} 30V{y}" stroke="#4a5568" stroke-dasharray="3 3"/>'
    head = f'<text x="{LEFT + UNIT}" y="24" text-anchor="middle">1.00: without the library</text>'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + int(MOST * UNIT) + 80}" height="{y + 20}" '
            f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>{head}{one}{"".join(rows)}</svg>\n')


# ---- docs/performance.md: what is measured stands between two marks, all else in it is written by hand. ----

INTRODUCTION = """# Performance

Each figure is the ratio to the same work without the library, in the same run; `scripts/bench` measures them, judges them and writes this table
(`--write`). 1.00 is the host without the library. *Noise* is the same comparison of the host with itself. All figures are medians, with least and greatest.

"""
NOTES = "\n## Where the time goes\n"


def table(result):
    head = "| work | with sigtame | noise | target | | floor | peers |\n|---|---|---|---|---|---|---|\n"
    rows = [f"| {title} | {cell(goal['found'])} | {cell(goal['noise'])} | {wanted(goal)} | {goal['verdict']} | {work['floor']} | {peers(goal)} |\n"
            for title, work, goal in lines(result)]
    return f"{result['machine']}, {result['rounds']} rounds.\n\n{head}{''.join(rows)}"


def markdown(result, before):
    block = BEGIN + table(result) + END
    if BEGIN in before and END in before:
        start, rest = before.split(BEGIN, 1)
        return start + block + rest.split(END, 1)[1]
    return INTRODUCTION + block + NOTES


def not_explained(result, document):
    notes = document.split(END, 1)[-1]
    return [title for title in missed(result) if title.split(":")[0] not in notes]
