"""What a power cut can leave of a directory tree, from a record of what was done to it (trip -r).

Rules, as POSIX allows and no kinder: fsync of a file makes its data durable; fsync of a directory
makes its entries durable; nothing else does.  Of what was not synced, any part may be there: each
page of a file in its old or its new state, each directory any of its later entries, and a rename may
have added the new name without removing the old or the other way round.  After a failed fsync the
data stays readable until the cut but no later fsync makes it durable: it must be written again.
The index (ledger.gdbm and copies being made) is disposable: after a cut it holds random bytes.
"""
import collections
import hashlib
import os
import shutil

PAGE = 4096
Event = collections.namedtuple("Event", "kind ino off data path path2")
DISPOSABLE = ("ledger.gdbm", "ledger.new", "ledger.verify")


def read_events(name, site):
    out = []
    with open(name, "rb") as f:
        while True:
            line = f.readline()
            if not line:
                return out
            kind, ino, off, length, paths = line.rstrip(b"\n").decode().split(" ", 4)
            path, path2 = paths.split("\t")
            data = f.read(int(length))
            f.read(1)
            path, path2 = path.replace(" (deleted)", ""), path2
            out.append(Event(kind, int(ino), int(off), data, path, path2))


class File:
    def __init__(self, data=b""):
        self.now = bytearray(data)
        self.safe = bytes(data)
        self.pending = []           # (offset, data) or (size, None) since the last sync
        self.lost = set()           # pending ones that a failed sync dropped

    def write(self, off, data):
        put(self.now, off, data)
        self.pending.append((off, data))

    def cut(self, size):
        resize(self.now, size)
        self.pending.append((size, None))

    def sync(self):
        if self.lost:
            safe = bytearray(self.safe)
            for i, (off, data) in enumerate(self.pending):
                if data is None:
                    resize(safe, off)
                elif i not in self.lost:
                    put(safe, off, data)
            self.safe = bytes(safe)
        else:
            self.safe = bytes(self.now)
        self.pending, self.lost = [], set()

    def sync_failed(self):
        self.lost |= {i for i, (_, data) in enumerate(self.pending) if data is not None}

    def torn(self, rng):
        """Any mixture of old and new pages of some moment since the last sync."""
        if not self.pending:
            return self.safe
        new = bytearray(self.safe)
        for i, (off, data) in enumerate(self.pending[:rng.randint(0, len(self.pending))]):
            if data is None:
                resize(new, off)
            elif i not in self.lost:
                put(new, off, data)
        size = len(new) if rng.random() < 0.6 else rng.randint(min(len(self.safe), len(new)),
                                                              max(len(self.safe), len(new)))
        old = bytearray(self.safe)
        resize(old, max(size, len(new)))
        resize(new, max(size, len(new)))
        for at in range(0, size, PAGE):
            if rng.random() < 0.5:
                new[at:at + PAGE] = old[at:at + PAGE]
        return bytes(new[:size])


def resize(b, size):
    if len(b) > size:
        del b[size:]
    else:
        b.extend(bytes(size - len(b)))


def put(b, off, data):
    if len(b) < off + len(data):
        resize(b, off + len(data))
    b[off:off + len(data)] = data


class Disk:
    def __init__(self, root, skip=()):
        self.root = root
        self.inodes = {}
        self.names = {}             # path -> File, as running programs see it
        self.safe = {}              # path -> File, as after a cut at worst
        self.dirs = set()
        self.changes = collections.defaultdict(list)    # directory -> [(path, File or None)]
        self.safe_dirs = set()
        for folder, dirs, files in os.walk(root):
            dirs[:] = [d for d in dirs if d not in skip]
            self.dirs.add(folder)
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    file = File(f.read())
                self.inodes[os.lstat(path).st_ino] = self.names[path] = self.safe[path] = file
        self.safe_dirs = set(self.dirs)

    def entry(self, path, file):
        self.changes[os.path.dirname(path)].append((path, file))
        if file is None:
            self.names.pop(path, None)
        else:
            self.names[path] = file

    def apply(self, e):
        file = self.inodes.get(e.ino)
        if e.kind == "C":
            file = self.inodes[e.ino] = File()
            self.entry(e.path, file)
        elif e.kind == "M":
            self.dirs.add(e.path)
            self.changes[os.path.dirname(e.path)].append((e.path, "dir"))
        elif e.kind == "U":
            self.entry(e.path, None)
        elif e.kind == "R" and file is not None:
            self.entry(e.path2, file)
            self.entry(e.path, None)
        elif e.kind == "L" and file is not None:
            self.entry(e.path2, file)
        elif e.kind == "S":
            if e.path in self.dirs:
                for path, what in self.changes.pop(e.path, []):
                    settle(self.safe, self.safe_dirs, path, what)
            elif file is not None:
                file.sync()
        elif e.kind == "F" and file is not None:
            file.sync_failed()
        elif e.kind == "W" and file is not None:
            file.write(e.off, e.data)
        elif e.kind == "T" and file is not None:
            file.cut(e.off)

    def image(self, mode, rng):
        """{path: bytes} and the directories.  drop: only what is durable; keep: everything; names:
        entries but no data; data: data but no entries; torn: any part of either."""
        names, dirs = dict(self.safe), set(self.safe_dirs)
        for folder in sorted(self.changes):
            changes = self.changes[folder]
            if mode in ("keep", "names"):
                chosen = changes
            elif mode == "torn":
                part = changes[:rng.randint(0, len(changes))]
                chosen = [c for c in part if rng.random() < 0.8]
            else:
                chosen = []
            for path, what in chosen:
                settle(names, dirs, path, what)
        out = {}
        for path, file in names.items():
            if os.path.dirname(path) not in dirs:
                continue
            if mode in ("keep", "data"):
                # not even a file that is read now has more than this after a cut
                out[path] = file.torn_last() if file.lost else bytes(file.now)
            elif mode == "torn":
                out[path] = file.torn(rng)
            else:
                out[path] = file.safe
        return out, dirs

    def digest(self, image):
        h = hashlib.sha256()
        for path, data in sorted(image[0].items()):
            if os.path.basename(path) not in DISPOSABLE:
                h.update(path.encode() + b"\0" + hashlib.sha256(data).digest())
        return h.digest()

    def write(self, image, root, rng):
        """Instead of what is at root now."""
        assert root == self.root
        shutil.rmtree(root)
        for folder in sorted(image[1]):
            os.mkdir(folder)
        for path, data in image[0].items():
            name = os.path.basename(path)
            if name in DISPOSABLE:
                if rng.random() < 0.3:
                    continue
                data = rng.randbytes(len(data) if rng.random() < 0.5 else rng.randint(0, 40000))
            with open(path, "wb") as f:
                f.write(data)


def torn_last(self):
    """Everything that can still reach the disk has."""
    safe = bytearray(self.safe)
    for i, (off, data) in enumerate(self.pending):
        if data is None:
            resize(safe, off)
        elif i not in self.lost:
            put(safe, off, data)
    return bytes(safe)


File.torn_last = torn_last


def settle(names, dirs, path, what):
    if what == "dir":
        dirs.add(path)
    elif what is None:
        names.pop(path, None)
    else:
        names[path] = what
