//! What stands at any place.

use expect_test::{Expect, expect};
use staniel_facts::{Cancel, ContentHash};
use staniel_provider::{Place, TargetFile, TypeProvider};

use crate::project::{Project, rel};

/// Shows what stands at each `^` of the comment lines, which point at the line above.
fn check(files: &[(&str, &str)], expected: &Expect) {
    let mut project = Project::new(files);
    let (path, text) = files[0];
    let mut places = Vec::new();
    let (mut start, mut above) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.starts_with('#') {
            places.extend(line.match_indices('^').map(|(column, _)| (above + column) as u32));
        } else {
            above = start;
        }
        start += line.len();
    }
    let hash = ContentHash::of(text.as_bytes());
    let asked: Vec<Place> = places.iter().map(|&offset| Place { path: rel(path), hash, offset }).collect();
    let mut shown = String::new();
    for (offset, sight) in
        places.iter().zip(project.provider.look(&asked, &project.log, &Cancel::new()).unwrap())
    {
        let Some(sight) = sight else {
            shown += &format!("{offset}: nothing\n");
            continue;
        };
        let token = &text[sight.token.start as usize..sight.token.end as usize];
        let target = sight.target.map(|target| match target.file {
            TargetFile::Project(path) => format!("{path}:{}", target.name.start),
            TargetFile::Elsewhere { name, text } => {
                format!("{name} `{}`", &text[target.name.start as usize..target.name.end as usize])
            }
        });
        shown += &format!(
            "{token}: {}  @  {}\n",
            sight.text.as_deref().unwrap_or("-"),
            target.as_deref().unwrap_or("-")
        );
    }
    expected.assert_eq(&shown);
}

#[test]
fn names_attributes_and_keywords() {
    check(
        &[
            (
                "m.py",
                "
import os.path
from lib import Box as B, helper
b = B(size=3)
#   ^ ^
b.size.bit_length()
#^   ^      ^
helper(1, flag=True)
#  ^       ^
def f(x: int | None):
    global count
#            ^
    if x is not None:
        return x
#              ^
    return os.path.join('a')
#          ^    ^   ^
from lib import helper
#     ^           ^
import os.path
#      ^   ^
y: 'list[B]'
#    ^   ^
z = 'B'
#    ^
match b:
    case B(size=n): print(n)
#        ^      ^         ^
undefined
#   ^
count = 1 + 2
#         ^
class C:
    def m(self): ...
c = C()
#^^  ^
",
            ),
            (
                "lib.py",
                "class Box:\n    def __init__(self, size: int): self.size = size\ndef helper(a, flag=False): return a\n",
            ),
        ],
        &expect![[r#"
            B: <class 'Box'>  @  lib.py:6
            size: int  @  lib.py:34
            b: Box  @  m.py:49
            size: int  @  lib.py:46
            bit_length: bound method int.bit_length() -> int  @  stdlib/builtins.pyi `bit_length`
            helper: def helper(a, flag: bool = False) -> Unknown  @  lib.py:67
            flag: Unknown | Literal[False]  @  lib.py:77
            count: Literal[3]  @  m.py:492
            x: int  @  m.py:145
            os: <module 'os'>  @  stdlib/os/__init__.pyi ``
            path: <module 'os.path'>  @  stdlib/os/__init__.pyi `path`
            join: def join(a: bytes | PathLike[bytes], /, *paths: bytes | PathLike[bytes]) -> bytes  @  stdlib/posixpath.pyi `join`
            lib: <module 'lib'>  @  lib.py:0
            helper: def helper(a, flag=False) -> Unknown  @  lib.py:67
            os: <module 'os'>  @  stdlib/os/__init__.pyi ``
            path: <module 'os.path'>  @  stdlib/os/path.pyi ``
            list: <class 'list'>  @  stdlib/builtins.pyi `list`
            B: Box  @  lib.py:6
            400: nothing
            B: <class 'Box'>  @  lib.py:6
            n: int  @  m.py:435
            n: int  @  m.py:435
            undefined: Unknown  @  -
            502: nothing
            c: C  @  m.py:548
            550: nothing
            C: <class 'C'>  @  m.py:524
        "#]],
    );
}

#[test]
fn a_text_that_is_not_the_world_s_is_refused() {
    let mut project = Project::new(&[("m.py", "x = 1\n")]);
    let place = Place { path: rel("m.py"), hash: ContentHash::of(b"other"), offset: 0 };
    assert!(project.provider.look(&[place], &project.log, &Cancel::new()).is_err());
}

#[test]
fn broken_texts_and_offsets_behind_the_end() {
    let text = "def f(:\n  x = 'é\n class (\n";
    let mut project = Project::new(&[("m.py", text)]);
    let hash = ContentHash::of(text.as_bytes());
    let places: Vec<Place> = (0..40).map(|offset| Place { path: rel("m.py"), hash, offset }).collect();
    assert_eq!(project.provider.look(&places, &project.log, &Cancel::new()).unwrap().len(), places.len());
}
