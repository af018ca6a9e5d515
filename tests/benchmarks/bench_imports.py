"""What ``import virtsdk`` costs above a bare Python."""

import subprocess
import sys

from tests.benchmarks.figures import best_of, report


def run(code):
    subprocess.run([sys.executable, "-c", code], check=True)


def main():
    bare = best_of(lambda: run("pass"), repeat=15)
    ours = best_of(lambda: run("import virtsdk"), repeat=15)
    report("bare python", bare * 1e3, "ms")
    report("import virtsdk, above bare python", (ours - bare) * 1e3, "ms", bar=60)
