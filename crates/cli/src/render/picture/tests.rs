//! Small pictures in all forms.

use base64::Engine as _;
use expect_test::{Expect, expect};
use sha2::Digest as _;
use staniel_facts::ImportKind;

use super::*;

fn node(label: &str) -> PictureNode {
    PictureNode { label: label.into(), files: 1, ..PictureNode::default() }
}

fn edge(from: usize, to: usize, imports: usize, kinds: &[ImportKind]) -> PictureEdge {
    PictureEdge { from, to, imports, kinds: kinds.iter().copied().collect(), in_cycle: false }
}

/// Somebody calls a shop, whose cart and model need each other.
fn shop() -> Picture {
    use ImportKind::{Deferred, Runtime, Typing};
    let entangled = |node: PictureNode| PictureNode { in_cycle: true, ..node };
    let closing = |edge: PictureEdge| PictureEdge { in_cycle: true, ..edge };
    Picture {
        title: "imports of shop".into(),
        nodes: vec![
            PictureNode { focus: true, ..node("shop.app") },
            entangled(node("shop.cart")),
            entangled(PictureNode { files: 12, ..node("shop.model") }),
            node("shop.types"),
        ],
        edges: vec![
            edge(0, 1, 1, &[Runtime]),
            closing(edge(1, 2, 9, &[Runtime, Typing])),
            closing(edge(2, 1, 2, &[Deferred, Typing])),
            edge(2, 3, 1, &[Typing]),
        ],
    }
}

/// What a file in somebody else's checkout may be called.
fn hostile() -> Picture {
    let label = "a\"]</script><script>alert('1')</script><!--&amp;\\N\u{202e}\n#35;%%{x}%%`";
    Picture {
        title: label.into(),
        nodes: vec![node(label), node("b")],
        edges: vec![edge(0, 1, 1, &[ImportKind::Runtime])],
    }
}

fn shown(render: impl Fn(&Picture, &mut dyn io::Write) -> io::Result<()>, picture: &Picture) -> String {
    let mut out = Vec::new();
    render(picture, &mut out).expect("writing to a vector cannot fail");
    String::from_utf8(out).expect("forms are text")
}

fn laid_out(
    render: impl Fn(&Picture, &mut dyn io::Write) -> Result<(), PictureError>,
    picture: &Picture,
) -> String {
    let mut out = Vec::new();
    render(picture, &mut out).expect("the picture is small");
    String::from_utf8(out).expect("forms are text")
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(text);
}

#[test]
fn as_text() {
    check(
        &shown(super::text, &shop()),
        &expect![[r#"
        imports of shop

        shop.app  [1 file, focus]
          → shop.cart  1 import

        shop.cart  [1 file, in a cycle]
          → shop.model  9 imports  [runtime, typing, cycle]

        shop.model  [12 files, in a cycle]
          → shop.cart   2 imports  [deferred, typing, cycle]
          → shop.types  1 import  [typing]

        shop.types  [1 file]
    "#]],
    );
    check(
        &shown(super::text, &hostile()),
        &expect![[r#"
        a"]</script><script>alert('1')</script><!--&amp;\N\u{202e}\n#35;%%{x}%%`

        a"]</script><script>alert('1')</script><!--&amp;\N\u{202e}\n#35;%%{x}%%`
          → b  1 import

        b
    "#]],
    );
}

#[test]
fn as_json() {
    check(
        &shown(json, &shop()),
        &expect![[r#"
        {"schema":1,"title":"imports of shop","nodes":[
        {"label":"shop.app","files":1,"in_cycle":false,"focus":true},
        {"label":"shop.cart","files":1,"in_cycle":true,"focus":false},
        {"label":"shop.model","files":12,"in_cycle":true,"focus":false},
        {"label":"shop.types","files":1,"in_cycle":false,"focus":false}
        ],"edges":[
        {"from":0,"to":1,"imports":1,"kinds":["runtime"],"in_cycle":false},
        {"from":1,"to":2,"imports":9,"kinds":["runtime","typing"],"in_cycle":true},
        {"from":2,"to":1,"imports":2,"kinds":["deferred","typing"],"in_cycle":true},
        {"from":2,"to":3,"imports":1,"kinds":["typing"],"in_cycle":false}
        ]}
    "#]],
    );
}

#[test]
fn for_graphviz() {
    check(
        &shown(dot, &shop()),
        &expect![[r##"
        digraph imports {
          graph [label="imports of shop", labelloc=t, rankdir=TB];
          node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8c959f"];
          edge [color="#8c959f", arrowsize=0.7];
          n0 [label="shop.app\n1 file", fillcolor="#ddf4ff", penwidth=2];
          n1 [label="shop.cart\n1 file", color="#cf222e"];
          n2 [label="shop.model\n12 files", color="#cf222e"];
          n3 [label="shop.types\n1 file"];
          n0 -> n1 [penwidth=1];
          n1 -> n2 [penwidth=4, label="9", color="#cf222e"];
          n2 -> n1 [penwidth=2, label="2", style=dotted, color="#cf222e"];
          n2 -> n3 [penwidth=1, style=dashed];
        }
    "##]],
    );
    check(
        &shown(dot, &hostile()),
        &expect![[r##"
        digraph imports {
          graph [label="a\"]</script><script>alert('1')</script><!--&amp;amp;\\N\\u{202e}\\n#35;%%{x}%%`", labelloc=t, rankdir=TB];
          node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8c959f"];
          edge [color="#8c959f", arrowsize=0.7];
          n0 [label="a\"]</script><script>alert('1')</script><!--&amp;amp;\\N\\u{202e}\\n#35;%%{x}%%`"];
          n1 [label="b"];
          n0 -> n1 [penwidth=1];
        }
    "##]],
    );
}

#[test]
fn for_mermaid() {
    check(
        &shown(mermaid, &shop()),
        &expect![[r#"
        ---
        title: "imports of shop"
        ---
        flowchart TD
          n0["shop.app<br/>1 file"]
          n1["shop.cart<br/>1 file"]
          n2["shop.model<br/>12 files"]
          n3["shop.types<br/>1 file"]
          n0 --> n1
          n1 -->|9| n2
          n2 -.->|2| n1
          n2 -.-> n3
          classDef cycle stroke:#cf222e,stroke-width:2px
          class n1,n2 cycle
          classDef focus fill:#ddf4ff,color:#1f2328,stroke-width:3px
          class n0 focus
          linkStyle 1,2 stroke:#cf222e
    "#]],
    );
    check(
        &shown(mermaid, &hostile()),
        &expect![[r#"
        ---
        title: "a#34;#93;#60;/script#62;#60;script#62;alert(#39;1#39;)#60;/script#62;#60;#33;--#38;amp#59;#92;N#92;u#123;202e#125;#92;n#35;35#59;#37;#37;#123;x#125;#37;#37;#96;"
        ---
        flowchart TD
          n0["a#34;#93;#60;/script#62;#60;script#62;alert(#39;1#39;)#60;/script#62;#60;#33;--#38;amp#59;#92;N#92;u#123;202e#125;#92;n#35;35#59;#37;#37;#123;x#125;#37;#37;#96;"]
          n1["b"]
          n0 --> n1
    "#]],
    );
}

#[test]
fn as_svg() {
    let text = laid_out(svg, &shop());
    let (_, drawing) = text.split_once("</style>\n").expect("there is a style");
    check(
        drawing,
        &expect![[r#"
        <rect class="paper" width="592" height="462"/>
        <text class="title" x="28" y="42">imports of shop</text>
        <text class="subtitle" x="28" y="62">in shop · 4 groups · 15 files · 13 imports · 2 in cycles</text>
        <g transform="translate(236,86)">
        <g class="edges">
        <g class="edge" data-from="0" data-to="1" data-imports="1" data-kinds="runtime">
        <title>shop.app → shop.cart: 1 import (runtime)</title>
        <path class="line" stroke-width="1.2" d="M60,30V70.3"/>
        <path class="head" d="M60,76L56.7,68.8L63.3,68.8Z"/>
        </g>
        <g class="edge cycle" data-from="1" data-to="2" data-imports="9" data-kinds="runtime, typing">
        <title>shop.cart → shop.model: 9 imports (runtime, typing)</title>
        <path class="line" stroke-width="2.7" d="M54,106V144.8"/>
        <path class="head" d="M54,152L49.8,143.3L58.2,143.3Z"/>
        </g>
        <g class="edge dashed" data-from="2" data-to="3" data-imports="1" data-kinds="typing">
        <title>shop.model → shop.types: 1 import (typing)</title>
        <path class="line" stroke-width="1.2" d="M60,182V222.3"/>
        <path class="head" d="M60,228L56.7,220.8L63.3,220.8Z"/>
        </g>
        <g class="edge dotted cycle up" data-from="2" data-to="1" data-imports="2" data-kinds="deferred, typing">
        <title>shop.model → shop.cart: 2 imports (deferred, typing)</title>
        <path class="line" stroke-width="1.7" d="M66,152V112.2"/>
        <path class="head" d="M66,106L69.6,113.7L62.4,113.7Z"/>
        </g>
        </g>
        <g class="nodes">
        <g class="node focus" data-node="0" data-label="shop.app" data-files="1" transform="translate(14,0)">
        <title>shop.app (1 file)</title>
        <rect width="92" height="30" rx="6"/>
        <text class="name" x="11" y="19.5">app</text><text class="files" x="81" y="19.5">1 file</text>
        </g>
        <g class="node cycle" data-node="1" data-label="shop.cart" data-files="1" transform="translate(10,76)">
        <title>shop.cart (1 file)</title>
        <rect width="100" height="30" rx="6"/>
        <text class="name" x="11" y="19.5">cart</text><text class="files" x="89" y="19.5">1 file</text>
        </g>
        <g class="node cycle" data-node="2" data-label="shop.model" data-files="12" transform="translate(0,152)">
        <title>shop.model (12 files)</title>
        <rect width="120" height="30" rx="6"/>
        <text class="name" x="11" y="19.5">model</text><text class="files" x="109" y="19.5">12 files</text>
        </g>
        <g class="node" data-node="3" data-label="shop.types" data-files="1" transform="translate(6,228)">
        <title>shop.types (1 file)</title>
        <rect width="108" height="30" rx="6"/>
        <text class="name" x="11" y="19.5">types</text><text class="files" x="97" y="19.5">1 file</text>
        </g>
        </g>
        </g>
        <g class="legend">
        <g class="node focus"><rect x="28" y="373.5" width="24" height="12" rx="3"/></g>
        <text class="meaning" x="62" y="383.5">what was asked about</text>
        <g class="node cycle"><rect x="219.1" y="373.5" width="24" height="12" rx="3"/></g>
        <text class="meaning" x="253.1" y="383.5">in a cycle</text>
        <g class="edge"><path class="line" stroke-width="1.8" d="M343.7,379.5H367.7"/></g>
        <text class="meaning" x="377.7" y="383.5">imports; the wider, the more</text>
        <g class="edge dotted"><path class="line" stroke-width="1.8" d="M28,399.5H52"/></g>
        <text class="meaning" x="62" y="403.5">only once it is called for</text>
        <g class="edge dashed"><path class="line" stroke-width="1.8" d="M259,399.5H283"/></g>
        <text class="meaning" x="293" y="403.5">for type checkers only</text>
        <g class="edge cycle up"><path class="line" stroke-width="1.8" d="M28,419.5H52"/></g>
        <text class="meaning" x="62" y="423.5">closes a cycle; without these there would be none</text>
        </g>
        </svg>
    "#]],
    );
}

#[test]
fn nothing_of_a_label_is_markup() {
    let mut picture = hostile();
    picture.nodes[1].label = "what XML cannot hold: \u{ffff}".into();
    for text in [laid_out(svg, &picture), laid_out(html, &picture)] {
        let label = "a&quot;]&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&lt;!--&amp;amp;\\N\\u{202e}\\n";
        assert!(text.contains(&format!("data-label=\"{label}")));
        assert!(
            !text.contains("<script>alert")
                && !text.contains("<!--")
                && !text.contains(['\u{202e}', '\u{ffff}'])
        );
    }
}

/// What is repeated in all labels is said once.
#[test]
fn boxes_say_what_is_their_own() {
    let text = laid_out(svg, &shop());
    assert!(text.contains(">in shop · ") && text.contains(">cart</text>") && !text.contains(">shop.</text>"));
    let mut picture = shop();
    picture.nodes.push(node("other.thing"));
    assert!(laid_out(svg, &picture).contains(">shop.</text>"));
}

#[test]
fn a_picture_without_anything() {
    let nothing = Picture { title: "nothing".into(), ..Picture::default() };
    assert!(laid_out(svg, &nothing).ends_with("</svg>\n"));
    check(
        &shown(json, &nothing),
        &expect![[r#"
        {"schema":1,"title":"nothing","nodes":[
        ],"edges":[
        ]}
    "#]],
    );
    check(
        &shown(super::text, &nothing),
        &expect![[r#"
        nothing
    "#]],
    );
}

#[test]
fn what_nobody_could_read_is_not_drawn() {
    let nodes = (0..=MOST_NODES).map(|number| node(&format!("m{number}"))).collect();
    let picture = Picture { nodes, ..Picture::default() };
    for error in [svg(&picture, &mut Vec::new()), html(&picture, &mut Vec::new())].map(Result::unwrap_err) {
        assert!(matches!(error, PictureError::TooManyNodes { nodes: 151 }));
        check(
            &error.to_string(),
            &expect!["151 boxes make no picture that anybody could read; the limit is 150"],
        );
    }
    assert!(shown(dot, &picture).contains("m150"));
}

/// The page is whole: it names no other, and its only script is the one whose digest its policy allows.
#[test]
fn a_page_needs_nobody_and_runs_nothing_else() {
    let page = laid_out(html, &shop());
    let (_, rest) = page.split_once("<script>").expect("there is a script");
    let (script, rest) = rest.split_once("</script>").expect("it ends");
    assert!(!rest.contains("<script"));
    let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script));
    assert!(page.contains(&format!("script-src 'sha256-{digest}'")), "the script's digest is {digest}");
    assert!(page.contains("default-src 'none'"));
    // A name, not a place.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!page.contains("http:") && !page.contains("https:"));
    for attribute in ["src=", "href=", "url(", "@import"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
}
