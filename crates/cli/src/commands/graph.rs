//! `staniel graph`: who imports whom, as a picture.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::Result;
use staniel_engine::{Damaged, FileNumber, ImportMap};
use staniel_facts::{Environment, ImportKind, ModuleName};
use staniel_graph::Digraph;

use crate::args::{GraphArgs, GraphFormat};
use crate::error::{Exit, UserError};
use crate::modules::{Modules, Typed, Wanted, is_second_to_source, links, unknown};
use crate::render::imports::RuffGraph;
use crate::render::picture::{self, Picture, PictureEdge, PictureError, PictureNode};
use crate::session::Session;

/// A focus that stands for nothing, and what it may have meant.
type Misnamed = (String, Vec<String>);

pub(crate) fn run(session: &mut Session<'_>, args: &GraphArgs) -> Result<Exit> {
    let mut imports = session.imports(&args.project.root)?;
    let mut out = session.output();
    if args.format == GraphFormat::Ruff {
        if args.collapse.is_some() || !args.focus.is_empty() || args.reverse {
            return Err(UserError::new("what ruff prints is about all files, each for itself")
                .hint("`-T json` can be collapsed, focused and reversed")
                .into());
        }
        let wanted = Wanted { kinds: args.kinds.kinds(), implicit: args.implicit };
        imports.ask(session.cancel(), |map| RuffGraph::new(map, wanted))?.print(&mut out)?;
    } else {
        let environment = imports.project().environment.clone();
        let root = imports.project().root.clone();
        let found = imports.ask(session.cancel(), |map| draw(map, args, &environment))?;
        let mut picture = found.map_err(|(text, nearest)| unknown(&text, &nearest))?;
        picture.title = title(root.file_name().unwrap_or("/"), args);
        print(&picture, args, &mut out)?;
    }
    out.finish()?;
    session.keep(&mut imports);
    Ok(Exit::Fine)
}

fn print(picture: &Picture, args: &GraphArgs, out: &mut dyn Write) -> Result<()> {
    let drawn = match args.format {
        GraphFormat::Text => return Ok(picture::text(picture, out)?),
        GraphFormat::Dot => return Ok(picture::dot(picture, out)?),
        GraphFormat::Mermaid => return Ok(picture::mermaid(picture, out)?),
        GraphFormat::Json | GraphFormat::Ruff => return Ok(picture::json(picture, out)?),
        GraphFormat::Svg => picture::svg(picture, out),
        GraphFormat::Html => picture::html(picture, out),
    };
    drawn.map_err(|error| match error {
        PictureError::TooManyNodes { .. } => {
            let fewer = match args.collapse {
                Some(parts) if parts > 1 => format!(
                    "`--collapse {}` draws fewer boxes; `--focus PACKAGE --depth 0` shows one package, `--depth 1` its neighbours too",
                    parts - 1
                ),
                Some(_) => "`--focus PACKAGE --depth 0` shows one package, `--depth 1` its neighbours too".to_owned(),
                None => "`--collapse 2` draws packages instead of modules, `--focus MODULE --depth 1` a part"
                    .to_owned(),
            };
            UserError::new(error.to_string()).hint(fewer).into()
        }
        PictureError::Output(error) => error.into(),
    })
}

/// What the picture shows, in a few words.
fn title(project: &str, args: &GraphArgs) -> String {
    let mut title = match args.reverse {
        false => format!("imports of {project}"),
        true => format!("importers in {project}"),
    };
    if !args.focus.is_empty() {
        title += &format!(", around {}", args.focus.join(", "));
    }
    title
}

/// Files that are drawn as one box.
#[derive(Default)]
struct Group {
    files: usize,
    focus: bool,
}

fn draw(
    map: &ImportMap,
    args: &GraphArgs,
    environment: &Environment,
) -> Result<Result<Picture, Misnamed>, Damaged> {
    let modules = Modules::new(map)?;
    let wanted = Wanted { kinds: args.kinds.kinds(), implicit: args.implicit };
    let mut focus: BTreeSet<FileNumber> = BTreeSet::new();
    for text in &args.focus {
        let files = modules.find_or_binding(&Typed::new(text, &args.project.root))?;
        if files.is_empty() {
            return Ok(Err((text.clone(), modules.nearest(text, environment)?)));
        }
        focus.extend(files);
    }
    let files = map.files()? as FileNumber;
    let shown: BTreeSet<FileNumber> = if args.focus.is_empty() {
        (0..files).collect()
    } else {
        let graph = Digraph::new(map.files()?, links(map, wanted)?);
        let forward = graph.reachable(focus.iter().copied(), args.depth);
        let backward = graph.reversed().reachable(focus.iter().copied(), args.depth);
        forward.into_iter().chain(backward).collect()
    };

    let label = |file: FileNumber| collapsed(modules.name(file), args.collapse);
    let mut groups: BTreeMap<ModuleName, Group> = BTreeMap::new();
    for &file in &shown {
        let group = groups.entry(label(file)).or_default();
        group.files += 1;
        group.focus |= focus.contains(&file);
    }
    let numbers: BTreeMap<&ModuleName, usize> = groups.keys().zip(0..).collect();
    let mut edges: BTreeMap<(usize, usize), (usize, BTreeSet<ImportKind>)> = BTreeMap::new();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for &file in shown.iter().filter(|file| modules.is_analysed(**file)) {
        if is_second_to_source(map, map.path(file)?) {
            continue;
        }
        let from = numbers[&label(file)];
        for edge in map.file(file)?.edges.iter().filter(|edge| wanted.counts(edge)) {
            let Some(path) = &edge.content.resolved else { continue };
            let Some(target) = map.number(path.as_str())?.filter(|target| shown.contains(target)) else {
                continue;
            };
            let to = numbers[&label(target)];
            // Packages that import each other are a cycle, whichever of their modules do; two files that are called
            // alike (a module, and a package beside it) are none.
            let pair = if args.collapse.is_some() { (from as u32, to as u32) } else { (file, target) };
            pairs.extend((pair.0 != pair.1).then_some(pair));
            if from != to {
                let ends = if args.reverse { (to, from) } else { (from, to) };
                let (imports, kinds) = edges.entry(ends).or_default();
                *imports += 1;
                kinds.insert(edge.content.contexts.kind());
            }
        }
    }

    let nodes = if args.collapse.is_some() { groups.len() } else { map.files()? };
    let mut circle = vec![None; groups.len()];
    for (number, members) in Digraph::new(nodes, pairs).cycles().into_iter().enumerate() {
        for member in members {
            let group = if args.collapse.is_some() { member as usize } else { numbers[&label(member)] };
            circle[group] = Some(number);
        }
    }
    drop(numbers);
    let nodes = groups.into_iter().zip(&circle).map(|((label, group), circle)| PictureNode {
        label: label.to_string(),
        files: group.files,
        in_cycle: circle.is_some(),
        focus: group.focus,
    });
    let edges = edges.into_iter().map(|((from, to), (imports, kinds))| PictureEdge {
        from,
        to,
        imports,
        kinds,
        in_cycle: circle[from].is_some() && circle[from] == circle[to],
    });
    Ok(Ok(Picture { title: String::new(), nodes: nodes.collect(), edges: edges.collect() }))
}

/// The package of so many name parts that a module lies in, or itself.
fn collapsed(module: &ModuleName, parts: Option<u32>) -> ModuleName {
    match parts {
        None => module.clone(),
        Some(parts) => ModuleName::new(module.parts().take(parts as usize).collect::<Vec<_>>().join(".")),
    }
}
