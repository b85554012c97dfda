"""What the Python tests share: where things are, and how a test is skipped (exit status 77)."""
import importlib
import os
import sys

source, program = os.environ["NNSTRETCH_SOURCE"], os.environ["NNSTRETCH"]
photos = os.environ["NNSTRETCH_PHOTOS"] = os.path.join(source, "assets/photos")
sys.path.insert(0, os.environ.get("NNSTRETCH_DEPS", os.path.join(source, ".deps")))


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(77)


def full_only(what="torch"):
    if not os.environ.get("NNSTRETCH_FULL"):
        skip(f"{what} is large; scripts/test --full installs it")


def need(*modules):
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            skip(f"{error}; scripts/setup --tests installs it")


def seed():
    """Of this run; NNSTRETCH_SEED=N repeats one."""
    number = int(os.environ.get("NNSTRETCH_SEED", "1"))
    print(f"seed {number}")
    return number
