# SPDX-License-Identifier: Apache-2.0
"""stats.py - samples by name, their medians, ratios and spread, as a table or JSON"""
import json
import statistics


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    q = statistics.quantiles(values, n=4, method="inclusive")
    return q[0], q[1], q[2]


class Table:
    """One part of the run: rows of samples in one unit, each against a reference row."""

    def __init__(self, key, title, unit, note=""):
        self.key, self.title, self.unit, self.note = key, title, unit, note
        self.samples = {}  # row -> list of numbers, in the order of the rounds
        self.against = {}  # row -> its reference rows, the first counts
        self.added = False  # compare by difference, round by round, not by ratio
        self.skipped = {}  # row -> why

    def row(self, name, *against):
        self.samples.setdefault(name, [])
        self.against[name] = [other for other in against if other != name]

    def add(self, name, value):
        self.samples.setdefault(name, []).append(value)

    def skip(self, name, why):
        self.samples.pop(name, None)
        self.against.pop(name, None)
        self.skipped[name] = why

    def median(self, name):
        return quartiles(self.samples[name])[1]

    def references(self, name):
        return [other for other in self.against.get(name, []) if self.samples.get(other)]

    def difference(self, name, reference):
        """Quartiles round by round: what both rows suffered together cancels."""
        return quartiles([a - b for a, b in zip(self.samples[name], self.samples[reference])])

    def compared(self, name):
        """The row against its references, in words."""
        words = []
        for reference in self.references(name):
            if self.added:
                low, mid, high = self.difference(name, reference)
                words.append(f"{mid:+.2f} [{low:+.2f} {high:+.2f}] on {reference}")
            else:
                words.append(f"{self.median(name) / self.median(reference):.2f} x {reference}")
        return "; ".join(words)

    def text(self):
        lines = [f"{self.title} ({self.unit})"]
        rows = [name for name, values in self.samples.items() if values]
        width = max([len(name) for name in list(rows) + list(self.skipped)] + [10])
        lines.append(f"  {'':{width}}  {'median':>9}  {'quartiles':>19}  {'n':>4}")
        for name in rows:
            low, mid, high = quartiles(self.samples[name])
            spread = f"{low:.2f} .. {high:.2f}"
            n = len(self.samples[name])
            lines.append(f"  {name:{width}}  {mid:>9.2f}  {spread:>19}  {n:>4}"
                         f"  {self.compared(name)}".rstrip())
        for name, why in self.skipped.items():
            lines.append(f"  {name:{width}}  SKIPPED: {why}")
        if self.note:
            lines.append(f"  ({self.note})")
        return "\n".join(lines)

    def data(self):
        rows = {}
        for name, values in self.samples.items():
            if not values:
                continue
            low, mid, high = quartiles(values)
            rows[name] = {"median": round(mid, 3), "q1": round(low, 3), "q3": round(high, 3),
                          "n": len(values)}
            for reference in self.references(name):
                if self.added:
                    low, mid, high = self.difference(name, reference)
                    rows[name]["added to " + reference] = {
                        "median": round(mid, 3), "q1": round(low, 3), "q3": round(high, 3)}
                else:
                    rows[name]["as a multiple of " + reference] = round(
                        self.median(name) / self.median(reference), 3)
        return {"title": self.title, "unit": self.unit, "rows": rows, "skipped": self.skipped}

    def factor(self, name, reference):
        """How many times @reference the row is; of what they add, where that is what counts."""
        if not self.samples.get(name) or not self.samples.get(reference):
            return None
        if self.added:
            base = self.against[reference][0]
            return self.difference(name, base)[1] / self.difference(reference, base)[1]
        return self.median(name) / self.median(reference)


# For doc/PERFORMANCE.md: what, of which part, against which row and what that is, the columns' rows
COLUMNS = "cordon", "bubblewrap", "firejail"
SUMMARY = [
    ("added to an ssh login", "ssh", "bubblewrap", "bubblewrap", COLUMNS),
    ("the same, with the host's network", "ssh", "bubblewrap +net", "bubblewrap",
     ("cordon +net", "bubblewrap +net", "")),
    ("added to one that no rule matches", "ssh", "bubblewrap", "bubblewrap", ("no rule", "", "")),
    ("added to `su -c true`", "su", "bubblewrap", "bubblewrap", COLUMNS),
    ("start of a static `true`", "start", "floor", "the kernel's floor",
     ("cordon run", "bubblewrap", "firejail")),
    ("the same, with the host's network", "start", "floor +net", "the kernel's floor",
     ("cordon run +net", "bubblewrap +net", "firejail +net")),
    ("each mount that the host has", "mounts", "floor", "the kernel's floor", COLUMNS),
    ("each that the session is shown", "mounts", "floor, shown", "the kernel's floor, twice",
     ("cordon, shown", "", "")),
    ("getpid(2) inside", "calls", "getpid, one instruction", "a filter of one instruction",
     ("getpid, cordon", "", "")),
    ("openat(2) inside", "calls", "openat, one instruction", "a filter of one instruction",
     ("openat, cordon", "", "")),
    ("logins a second, more is better", "rate", "1 at once, bubblewrap", "bubblewrap",
     ("1 at once, cordon", "1 at once, bubblewrap", "")),
    ("the same, 32 at once", "rate", "32 at once, bubblewrap", "bubblewrap",
     ("32 at once, cordon", "32 at once, bubblewrap", "")),
]


def summary(tables):
    """The table of doc/PERFORMANCE.md, in Markdown: factors alone, which travel better than times."""
    parts = {t.key: t for t in tables}
    lines = ["| | as a multiple of | " + " | ".join(COLUMNS) + " |",
             "|---" * (2 + len(COLUMNS)) + "|"]
    for what, key, reference, called, rows in SUMMARY:
        if key not in parts:
            continue
        factors = [parts[key].factor(row, reference) for row in rows]
        cells = ["" if f is None else f"{f:.1f}" if f >= 10 else f"{f:.2f}" for f in factors]
        lines.append(f"| {what} | {called} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def to_json(machine, tables):
    return json.dumps({"machine": machine, "parts": {t.key: t.data() for t in tables}}, indent=1)
