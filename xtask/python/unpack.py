"""Check a source distribution's sha256 and unpack it, without its top directory, into a directory.

Usage: unpack.py ARCHIVE SHA256 DIRECTORY

Nothing of what is inside is run.
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
    # The `data` filter refuses absolute names, `..`, devices and links that lead out. Some long-lived systems have a
    # python3 from before it (3.11.2, for one); there the digest alone must do: it says that these are the very bytes
    # somebody has looked at.
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    unpacked = os.path.join(directory, "unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, **safely)
    tops = os.listdir(unpacked)
    if len(tops) != 1:
        sys.exit(f"{archive}: one directory expected at the top, found {sorted(tops)}")
    os.rename(os.path.join(unpacked, tops[0]), os.path.join(directory, "tree"))


if __name__ == "__main__":
    main(*sys.argv[1:])
