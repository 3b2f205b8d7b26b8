#!/usr/bin/env python3
"""A TCP relay that breaks off: cutter.py TO-PORT PORT-FILE COUNT BYTES

The first COUNT connections are closed once BYTES came from the server; later ones go through."""
import os
import socket
import sys
import threading

to, port_file, count, most = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def pump(source, sink, left):
    try:
        while True:
            data = source.recv(16384 if left is None else min(16384, left))
            if not data:
                break
            sink.sendall(data)
            if left is not None:
                left -= len(data)
                if left <= 0:
                    break
    except OSError:
        pass
    for s in (source, sink):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    server = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".tmp", "w", encoding="ascii") as f:
        f.write(f"{server.getsockname()[1]}\n")
    os.rename(port_file + ".tmp", port_file)
    n = 0
    while True:
        client, _ = server.accept()
        n += 1
        upstream = socket.create_connection(("127.0.0.1", to))
        threading.Thread(target=pump, args=(client, upstream, None), daemon=True).start()
        threading.Thread(target=pump, args=(upstream, client, most if n <= count else None), daemon=True).start()


if __name__ == "__main__":
    main()
