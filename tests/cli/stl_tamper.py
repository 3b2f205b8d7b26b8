#!/usr/bin/env python3
"""stl_tamper.py RECONCILE DIR SCRATCH: files of one settlement report that is CLEAN, changed in every
way at random; each change must show.  Last line: "N changes: all found", or what was not.
"""
import pathlib
import random
import re
import shutil
import subprocess
import sys

program, source, scratch = sys.argv[1:]
files = sorted(pathlib.Path(source).glob("STL-*.CSV"))
texts = [f.read_text().splitlines(True) for f in files]
rng = random.Random(5)
FOOTER = re.compile(r'^"(SF|SC|RF|RC|FF)"')


def run(changed):
    shutil.rmtree(scratch, ignore_errors=True)
    pathlib.Path(scratch).mkdir()
    names = []
    for f, lines in zip(files, changed):
        names.append(f"{scratch}/{f.name}")
        pathlib.Path(names[-1]).write_text("".join(lines))
    done = subprocess.run([program, "-n", *names], capture_output=True, text=True, timeout=60)
    # that the file took the place of another one is always said: no proof
    real = [b for b in done.stdout.splitlines() if re.match(r"B-\S+ (open|expected) ", b) and " restated " not in b]
    return done.returncode >= 64 or bool(real), done.stdout + done.stderr


def copy():
    return [list(t) for t in texts]


def rows():
    return [(p, i) for p, t in enumerate(texts) for i, line in enumerate(t) if line.startswith('"SB"')]


cases = []
for p, t in enumerate(texts):
    for i, line in enumerate(t):
        if FOOTER.match(line):
            for m in re.finditer(r"(?<=,)\d+", line):
                v = copy()
                v[p][i] = line[:m.start()] + str(int(m.group()) + rng.choice([1, 100, 12345])) + line[m.end():]
                cases.append((f"part {p + 1} line {i + 1} number at {m.start()}", v))
for p, i in rng.sample(rows(), 10):
    v = copy()
    del v[p][i]
    cases.append((f"dropped {texts[p][i][:30]}", v))
    v = copy()
    v[p].insert(i, v[p][i])
    cases.append((f"doubled {texts[p][i][:30]}", v))
for _ in range(15):         # amounts of two rows exchanged, as written: gross, currency, fee
    (p, i), (q, k) = rng.sample(rows(), 2)
    a, b = texts[p][i].split(","), texts[q][k].split(",")
    if a[8:14] == b[8:14]:
        continue
    a[8:14], b[8:14] = b[8:14], a[8:14]
    v = copy()
    v[p][i], v[q][k] = ",".join(a), ",".join(b)
    cases.append((f"exchanged amounts of {a[1]} and {b[1]}", v))
for p, i in rng.sample(rows(), 5):   # in one row: direction, gross and fee, a digit
    a = texts[p][i].split(",")
    b = list(a)
    b[8] = '"DR"' if a[8] == '"CR"' else '"CR"'
    c = list(a)
    c[9] = a[9] + "00"
    for changed in (b, c):
        v = copy()
        v[p][i] = ",".join(changed)
        cases.append((f"altered {a[1]}", v))
missed = []
for what, v in cases:
    if not run(v)[0]:
        missed.append(what)
        print("not found:", what)
found, out = run(texts)
if found:
    print("found though nothing was changed\n" + out)
    missed.append("nothing")
print(f"{len(cases)} changes of a report: " + (f"{len(missed)} not found" if missed else "all found"))
