# SPDX-License-Identifier: MIT
"""The rules of the house, asked of the objects that the build has made.

  house.py SRCDIR BUILDDIR

* No circle between files, and no arrow from a folder to one above it.
* No global that only its own file uses.
* One word, one meaning: no function or struct in two of the top folders, and
  few function names in two files of one folder.
* The map in a folder's head comment names the files that are there.
"""
import collections
import pathlib
import re
import subprocess
import sys

# From the ground up. A folder may use those below it and itself; folders of
# one line use each other only as their files' lack of circles allows.
FLOORS = [
    ["vsock", "config"],
    ["config/index"],
    ["config/read"],
    ["redirect/kernel"],
    ["redirect/state"],
    ["redirect/hybrid"],
    ["redirect/report"],
    ["redirect/swap"],
    ["redirect/calls"],
    ["preload/names"],
    ["preload", "supervise"],
    ["launcher", "launcher/doctor", "launcher/import", "launcher/program"],
]
# The doors stand side by side: neither may use the other.
DOORS = ["preload", "supervise"]
TOP = ["config", "vsock", "redirect", "preload", "supervise", "launcher"]
SAME_NAMES = 15  # function names in two files of one folder, at most

bad = []
checks = 0


def check(what, found):
    """Counts one rule; what was found breaks it."""
    global checks
    checks += 1
    for line in found:
        bad.append(f"{what}: {line}")


def sources(srcdir):
    for top in TOP:
        yield from sorted((srcdir / top).rglob("*.c"))


def object_of(source, srcdir, builddir):
    """What was built of a source; libtool's are in .libs. None: not built."""
    folder = builddir / source.parent.relative_to(srcdir)
    wanted = re.compile(r"(.*-)?" + re.escape(source.stem) + r"\.o$")
    for place in folder / ".libs", folder:
        found = [o for o in place.glob("*.o") if wanted.match(o.name)]
        if found:
            return max(found, key=lambda o: o.stat().st_mtime)
    return None


def symbols(path):
    """(defined globals, undefined ones) of an object."""
    out = subprocess.run(["nm", path], stdout=subprocess.PIPE, check=True,
                         universal_newlines=True).stdout
    defined, undefined = set(), set()
    for line in out.splitlines():
        *_, kind, name = line.split()
        if kind == "U":
            undefined.add(name)
        elif kind in "TDBRCVW":
            defined.add(name)
    return defined, undefined


def graph(files, public):
    """
    file -> {file that it uses: a symbol of that}. A hook is called by programs;
    who calls a function of its name means libc's.
    """
    owner = {}
    for name, (defined, _) in files.items():
        for symbol in defined:
            if not (symbol in public and name.startswith("preload/")):
                owner.setdefault(symbol, name)
    uses = {name: {} for name in files}
    for name, (_, undefined) in files.items():
        for symbol in sorted(undefined):
            other = owner.get(symbol)
            if other and other != name:
                uses[name].setdefault(other, symbol)
    return uses


def circles(uses):
    """Tarjan's strongly connected components with more than one file."""
    index, low, stack, found = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in uses[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            part, stack[at:] = stack[at:], []
            if len(part) > 1:
                found.append(sorted(part))

    for name in uses:
        if name not in index:
            visit(name)
    return found


def describe(circle, uses):
    arrows = [f"{a} -> {b} ({uses[a][b]})" for a in circle for b in circle
              if b in uses[a]]
    return ", ".join(arrows)


def floor(name):
    folder = str(pathlib.PurePath(name).parent)
    for level, folders in enumerate(FLOORS):
        if folder in folders:
            return level
    return None


def door(name):
    return next((d for d in DOORS if name.startswith(d + "/")), None)


def arrows_up(uses):
    for name, others in uses.items():
        for other, symbol in others.items():
            if floor(name) is None or floor(other) is None:
                yield f"{name} or {other}: its folder is on no floor"
            elif floor(name) < floor(other):
                yield f"{name} -> {other} ({symbol})"
            elif door(name) and door(other) and door(name) != door(other):
                yield f"{name} -> {other} ({symbol}): from door to door"


def exported(srcdir):
    """What programs call: the hooks, and libvsock's interface."""
    names = set(re.findall(r"\b\w+(?=;)", (
        srcdir / "preload/libtcp2vsock.map").read_text()))
    api = (srcdir / "vsock/vsock.h").read_text()
    return names | set(re.findall(r"\b(vsock_\w+)\(", api)) | {"main"}


def lonely(files, uses_by, public):
    for name, (defined, _) in files.items():
        for symbol in sorted(defined - public):
            if not symbol.startswith("_") and symbol not in uses_by:
                yield f"{symbol} of {name}"


STRUCT = re.compile(r"^struct (\w+) \{", re.M)


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def defined_functions(text):
    """Those with a body, static ones too: "{" stands alone on a line."""
    found = set()
    for head in re.findall(r"(?:^|\n\n|;\n|\}\n)((?:[^\n;{}]+\n)+)\{\n", text):
        match = re.search(r"\b(\w+)\((?!\()", re.sub(
            r"__attribute__\(\(.*?\)\)", "", head))
        if match:
            found.add(match.group(1))
    return found


def words(srcdir):
    """name -> files, of functions and of structs."""
    functions = collections.defaultdict(set)
    structs = collections.defaultdict(set)
    for top in TOP:
        for path in sorted((srcdir / top).rglob("*.[ch]")):
            text = without_comments(path.read_text())
            name = str(path.relative_to(srcdir))
            for function in defined_functions(text):
                functions[function].add(name)
            for struct in STRUCT.findall(text):
                structs[struct].add(name)
    return functions, structs


def in_two_folders(names):
    for name, files in sorted(names.items()):
        tops = {f.split("/")[0] for f in files}
        if len(tops) > 1 and name != "main":
            yield f"{name} in {', '.join(sorted(files))}"


def in_two_files(functions):
    by_folder = collections.defaultdict(list)
    for name, files in sorted(functions.items()):
        for top, n in collections.Counter(
                f.split("/")[0] for f in files).items():
            if n > 1:
                by_folder[top].append(name)
    for top, names in by_folder.items():
        if len(names) > SAME_NAMES:
            yield f"{len(names)} in {top}: {' '.join(names)}"


def maps(srcdir):
    """ "name.c  what it is" lines between "Map:" and the comment's end."""
    for top in TOP:
        for path in sorted((srcdir / top).rglob("*.[ch]")):
            text = path.read_text()
            found = re.search(r"^ \* Map of (\S+):\n((?: \*.*\n)+)", text,
                              re.M)
            if found:
                yield path, found.group(1), set(re.findall(
                    r"^ \*\t(\w+)\.c\b", found.group(2), re.M))


def wrong_maps(srcdir):
    seen = set()
    for path, folder, named in maps(srcdir):
        seen.add(folder.rstrip("/"))
        there = {p.stem for p in (srcdir / folder).glob("*.c")}
        for name in sorted(named ^ there):
            what = "is not there" if name in named else "is missing in it"
            yield f"{path.relative_to(srcdir)}: {folder}{name}.c {what}"
    for folders in FLOORS:
        for folder in folders:
            if (list((srcdir / folder).glob("*.c")) and folder not in seen):
                yield f"{folder}/ has no map"


def main():
    srcdir, builddir = map(pathlib.Path, sys.argv[1:3])
    files, missing = {}, []
    for source in sources(srcdir):
        name = str(source.relative_to(srcdir))
        built = object_of(source, srcdir, builddir)
        if built:
            files[name] = symbols(built)
        else:
            missing.append(name)
    check("not built", missing)
    public = exported(srcdir)
    uses = graph(files, public)
    used = set().union(*(undefined for _, undefined in files.values()))
    functions, structs = words(srcdir)
    check("a circle", (describe(c, uses) for c in circles(uses)))
    check("an arrow up", arrows_up(uses))
    check("used by its own file alone",
          lonely(files, used, public))
    check("a function in two folders", in_two_folders(functions))
    check("a struct in two folders", in_two_folders(structs))
    check("function names in two files", in_two_files(functions))
    check("a map", wrong_maps(srcdir))
    for line in bad:
        print("FAIL", line)
    failed = len({line.split(":")[0] for line in bad})
    print(f"{checks - failed} passed, {failed} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
