# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Tables and pictures of `cardmux load` results, for the terminal and for the README."""

COLUMNS = ["", "right", "wrong", "errors", "per s", "of limit", "per thread", "p50 ms", "p99 ms",
           "max ms"]
BARS = " ▁▂▃▄▅▆▇█"
PLAIN_BARS = " .:-=+*#@"


def row(name, result):
    """One line of the table."""
    ratio = result.get("limit_ratio")
    return [name, str(result["ok"]), str(result["wrong"]), errors(result),
            f"{result['throughput']:.1f}", f"{100 * ratio:.1f} %" if ratio else "-",
            f"{result['client_min']}-{result['client_max']}",
            *(f"{result[key]:.0f}" for key in ("p50_ms", "p99_ms", "max_ms"))]


def errors(result):
    """"0", or "12 (CKR_DEVICE_REMOVED)"; a hang is named too."""
    codes = ", ".join(sorted(result["errors_by_code"]))
    text = f"{result['errors']} ({codes})" if codes else str(result["errors"])
    stuck = sum(call["clients"] for call in result.get("stuck_calls", []))
    return f"{text}; {stuck} hung" if result.get("hung") else text


def table(rows):
    rows = [COLUMNS, *rows]
    widths = [max(len(line[column]) for line in rows) for column in range(len(COLUMNS))]
    return "\n".join("  " + "  ".join(
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in rows)


def markdown(rows):
    lines = [COLUMNS, ["---"] + ["---:"] * (len(COLUMNS) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def picture(name, result, span, most, unicode=True):
    """One character for each step of the timeline from the start on: how many were made."""
    bars = BARS if unicode else PLAIN_BARS
    made = result["timeline"]["ok"][:span]
    made += [0] * (span - len(made))
    cells = [bars[0 if count == 0 else max(1, round((len(bars) - 1) * min(1, count / most)))]
             for count in made]
    return f"  {name:<8} |{''.join(cells)}|"


def marks(result, pulled, span):
    """The line below a picture that says when the card was out."""
    step = result["timeline"]["bucket_ms"] / 1000
    out, back = (max(0, min(span - 1, round((when - result["started_at"]) / step)))
                 for when in pulled)
    line = [" "] * span
    line[out:back] = ["-"] * (back - out)
    text = " card out "
    if back - out > len(text):
        middle = (out + back - len(text)) // 2
        line[middle:middle + len(text)] = text
    line[out], line[back] = "^", "^"
    return ("  " + " " * 9 + "".join(line)).rstrip()


def made_since(result, when):
    """Signatures made after a point in time (seconds since 1970)."""
    step = result["timeline"]["bucket_ms"] / 1000
    return sum(result["timeline"]["ok"][max(0, round((when - result["started_at"]) / step)):])
