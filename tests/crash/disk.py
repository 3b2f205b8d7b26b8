"""What a power cut can leave of a directory tree, from a record of what was done to it (trip -r).

Rules, as POSIX allows and no kinder: fsync of a file makes its data durable; fsync of a directory
makes its entries durable; nothing else does.  Of what was not synced, any part may be there: each
page of a file in its old or its new state, each directory any of its later entries, and a rename may
have added the new name without removing the old or the other way round.  One thing is kinder: a rename
from one directory to another takes the old name away only where the new one is there, as on ext4, XFS
and btrfs, whose log has both in one step.  After a failed fsync the
data stays readable until the cut but no later fsync makes it durable: it must be written again.
The index (ledger.gdbm, ledger.rows and copies being made) is disposable: after a cut it holds random bytes.
"""
import collections
import hashlib
import os
import shutil

PAGE = 4096
Event = collections.namedtuple("Event", "kind ino off data path path2")
DISPOSABLE = ("ledger.gdbm", "ledger.new", "ledger.verify", "ledger.rows", "ledger.rows.new",
              "ledger.rows.verify")


def read_events(name):
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
            out.append(Event(kind, int(ino), int(off), data, path.replace(" (deleted)", ""), path2))


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

    def reached(self, count):
        """The first count changes, but for the lost ones."""
        out = bytearray(self.safe)
        for i, (off, data) in enumerate(self.pending[:count]):
            if data is None:
                resize(out, off)
            elif i not in self.lost:
                put(out, off, data)
        return out

    def all(self):
        """Not even a file that is read now has more than this after a cut."""
        return bytes(self.reached(len(self.pending)) if self.lost else self.now)

    def sync(self):
        self.safe = self.all()
        self.pending, self.lost = [], set()

    def sync_failed(self):
        self.lost |= {i for i, (_, data) in enumerate(self.pending) if data is not None}

    def torn(self, rng):
        """Any mixture of old and new pages of some moment since the last sync."""
        if not self.pending:
            return self.safe
        new = self.reached(rng.randint(0, len(self.pending)))
        size = len(new) if rng.random() < 0.6 else rng.randint(min(len(self.safe), len(new)),
                                                              max(len(self.safe), len(new)))
        old = bytearray(self.safe)
        resize(old, max(size, len(new)))
        resize(new, max(size, len(new)))
        for at in range(0, size, PAGE):
            if rng.random() < 0.5:
                new[at:at + PAGE] = old[at:at + PAGE]
        return bytes(new[:size])


class Entry:
    """A name in a directory, that a File or Folder got or (None) lost."""

    def __init__(self, name, node, after=None):
        self.name, self.node = name, node
        self.after = after          # the Entry without which it is not there
        self.safe = self.chosen = False


class Folder:
    def __init__(self):
        self.now = {}               # name -> File or Folder, as running programs see it
        self.safe = {}              # as after a cut at worst
        self.pending = []           # Entry, since the last sync

    def entry(self, e):
        settle(self.now, e.name, e.node)
        self.pending.append(e)

    def sync(self):
        for e in self.pending:
            if e.after is None or e.after.safe:
                settle(self.safe, e.name, e.node)
                e.safe = True
        self.pending = [e for e in self.pending if not e.safe]

    def sync_failed(self):
        """Entries that an fsync could not write may still be written by the next."""

    def choose(self, mode, rng):
        """Which of the later entries are there."""
        part = self.pending if mode in ("keep", "names") else []
        if mode == "torn" and self.pending:
            part = self.pending[:rng.randint(0, len(self.pending))]
            part = [e for e in part if rng.random() < 0.8]
        for e in self.pending:
            e.chosen = False
        for e in part:
            e.chosen = True

    def entries(self):
        out = dict(self.safe)
        for e in self.pending:
            if e.chosen and (e.after is None or e.after.safe or e.after.chosen):
                settle(out, e.name, e.node)
        return out


def settle(names, name, node):
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


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
        self.top = self.load(root, skip)

    def load(self, path, skip):
        folder = Folder()
        self.inodes[os.lstat(path).st_ino] = folder
        for entry in sorted(os.scandir(path), key=lambda e: e.name):
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in skip:
                    folder.now[entry.name] = self.load(entry.path, ())
            elif entry.is_file(follow_symlinks=False):
                with open(entry.path, "rb") as f:
                    folder.now[entry.name] = self.inodes[entry.inode()] = File(f.read())
        folder.safe = dict(folder.now)
        return folder

    def entry(self, path, node, after=None):
        folder = self.top
        parts = os.path.relpath(path, self.root).split("/")
        for name in parts[:-1]:
            folder = folder.now[name]
        out = Entry(parts[-1], node, after)
        folder.entry(out)
        return out

    def apply(self, e):
        node = self.inodes.get(e.ino)
        if e.kind in "CM":
            node = self.inodes[e.ino] = File() if e.kind == "C" else Folder()
            if e.path:
                self.entry(e.path, node)
        elif e.kind == "U":
            self.entry(e.path, None)
        elif e.kind in "RL":
            new = self.entry(e.path2, self.inodes[e.ino])
            if e.kind == "R":
                same = os.path.dirname(e.path) == os.path.dirname(e.path2)
                self.entry(e.path, None, None if same else new)
        elif e.kind == "Y":
            for each in self.inodes.values():
                each.sync()
        elif node is None:
            pass                    # a descriptor of something outside, or an answer
        elif e.kind == "S":
            node.sync()
        elif e.kind == "F":
            node.sync_failed()
        elif e.kind == "W":
            node.write(e.off, e.data)
        elif e.kind == "T":
            node.cut(e.off)

    def image(self, mode, rng):
        """{path: bytes} and the directories.  drop: only what is durable; keep: everything; names:
        entries but no data; data: data but no entries; torn: any part of either."""
        out, dirs = {}, []
        for node in self.inodes.values():
            if isinstance(node, Folder):
                node.choose(mode, rng)

        def walk(folder, path):
            dirs.append(path)
            for name, node in sorted(folder.entries().items()):
                where = os.path.join(path, name)
                if isinstance(node, Folder):
                    walk(node, where)
                elif mode in ("keep", "data"):
                    out[where] = node.all()
                else:
                    out[where] = node.torn(rng) if mode == "torn" else node.safe

        walk(self.top, self.root)
        return out, dirs

    def digest(self, image):
        h = hashlib.sha256("\0".join(image[1]).encode())
        for path, data in sorted(image[0].items()):
            if os.path.basename(path) not in DISPOSABLE:
                h.update(path.encode() + b"\0" + hashlib.sha256(data).digest())
        return h.digest()

    def write(self, image, root, rng):
        """Instead of what is at root now."""
        assert root == self.root
        shutil.rmtree(root)
        for folder in image[1]:
            os.mkdir(folder)
        for path, data in image[0].items():
            name = os.path.basename(path)
            if name in DISPOSABLE:
                if rng.random() < 0.3:
                    continue
                data = rng.randbytes(len(data) if rng.random() < 0.5 else rng.randint(0, 40000))
            with open(path, "wb") as f:
                f.write(data)
