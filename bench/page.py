"""A page of docs whose tables are made by programs: each between <!-- NAME --> and <!-- /NAME -->."""
import pathlib


def put(path: pathlib.Path, name: str, text: str) -> None:
    page = path.read_text()
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if begin not in page or end not in page:
        raise SystemExit(f"{path} has no marks <!-- {name} --> and <!-- /{name} -->")
    head, rest = page.split(begin, 1)
    path.write_text(head + begin + text.rstrip("\n") + "\n" + rest[rest.index(end):])
