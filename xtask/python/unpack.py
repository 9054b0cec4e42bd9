"""Check a source distribution's sha256 and unpack it, without its top directory, into a directory.

Usage: unpack.py ARCHIVE SHA256 DIRECTORY

Nothing of what is inside is run. The `data` filter refuses absolute names, `..`, devices and links that leave the
directory.
"""

import hashlib
import os
import sys
import tarfile


def main(archive, expected, directory):
    with open(archive, "rb") as file:
        found = hashlib.sha256(file.read()).hexdigest()
    if found != expected:
        sys.exit(f"{archive}: sha256 is {found}, pinned is {expected}")
    if not hasattr(tarfile, "data_filter"):
        sys.exit("this python3 has no safe way to unpack an archive: 3.10.12, 3.11.4, 3.12 or newer is needed")
    unpacked = os.path.join(directory, "unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    tops = os.listdir(unpacked)
    if len(tops) != 1:
        sys.exit(f"{archive}: one directory expected at the top, found {sorted(tops)}")
    os.rename(os.path.join(unpacked, tops[0]), os.path.join(directory, "tree"))


if __name__ == "__main__":
    main(*sys.argv[1:])
