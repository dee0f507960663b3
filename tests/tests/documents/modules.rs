//! Imports have no cycles: no two modules of a crate import each other, and nothing is imported from the root
//! of a crate, which imports all of them.
//!
//! For its siblings, a module and its submodules are one module. A module may use items of its
//! parent, because they are read together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use syn::{
    Attribute, Item, ItemMod, UseTree,
    visit::{self, Visit},
};

/// The crates of the workspace, by the folder of their source.
const CRATES: [&str; 10] = [
    "generated/src",
    "generated/test-server/src",
    "generated/cli/src",
    "spec/finding/src",
    "spec/src",
    "codegen/src",
    "codegen/custom-fields/src",
    "codegen/source/src",
    "xtask/src",
    "tests/src",
];

#[test]
fn imports_have_no_cycles() {
    let mut report = String::new();
    for folder in CRATES {
        for (modules, inside) in imports(folder).circles() {
            let inside = inside.join("\n  ");
            let _ = writeln!(report, "{folder}: a circle of {modules}\n  {inside}");
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn nothing_is_imported_from_the_root() {
    for folder in CRATES {
        let found: Vec<String> = imports(folder).root.into_iter().collect();
        assert!(found.is_empty(), "{folder}:\n{}", found.join("\n"));
    }
}

/// A path of modules, from the root of the crate; the root itself is empty.
type Module = Vec<String>;

/// The imports within a crate.
#[derive(Default)]
struct Imports {
    /// Imports between modules with the same parent, with an example of each.
    edges: BTreeMap<Module, BTreeMap<(String, String), String>>,
    /// Imports of names that the root declares or re-exports.
    root: BTreeSet<String>,
}

fn imports(folder: &str) -> Imports {
    let root = heffl_tests::workspace().join(folder);
    let mut files = BTreeMap::new();
    collect(&root, &root, &mut files);
    let files: BTreeMap<Module, syn::File> = files
        .into_iter()
        .map(|(module, text)| match syn::parse_file(&text) {
            Ok(file) => (module, file),
            Err(error) => panic!("{folder}, module {}: {error}", module.join("::")),
        })
        .collect();
    let tests: Vec<Module> = files.iter().flat_map(test_modules).collect();
    let is_test = |module: &Module| tests.iter().any(|test| module.starts_with(test));
    let files: BTreeMap<Module, syn::File> = files
        .into_iter()
        .filter(|(module, _)| !is_test(module))
        .collect();
    let modules: BTreeSet<Module> = files.keys().cloned().collect();
    let reexports = reexports(&files[&Module::new()]);
    let mut imports = Imports::default();
    for (module, file) in &files {
        let mut finder = Finder {
            module: module.clone(),
            ..Finder::default()
        };
        finder.visit_file(file);
        for found in finder.paths {
            imports.add(&modules, &reexports, &found);
        }
    }
    imports
}

/// The origins of the names that the root of a crate re-exports: by name, and `*` for whole modules.
fn reexports(root: &syn::File) -> BTreeMap<String, Vec<String>> {
    let mut finder = Finder::default();
    let mut names = BTreeMap::new();
    for item in &root.items {
        if let Item::Use(item) = item {
            finder.add_tree(&item.tree, &mut vec!["self".to_owned()]);
            for found in finder.paths.drain(..) {
                let name = if found.is_glob {
                    Some("*")
                } else {
                    found.path.last().map(String::as_str)
                };
                names.insert(name.unwrap_or_default().to_owned(), found.path);
            }
        }
    }
    names
}

/// Modules of the file that are compiled only for tests.
fn test_modules((module, file): (&Module, &syn::File)) -> Vec<Module> {
    let declared = file.items.iter().filter_map(|item| match item {
        Item::Mod(item) if item.attrs.iter().any(is_for_tests) => Some(item.ident.to_string()),
        _ => None,
    });
    declared
        .map(|name| module.iter().cloned().chain([name]).collect())
        .collect()
}

impl Imports {
    fn add(
        &mut self,
        modules: &BTreeSet<Module>,
        reexports: &BTreeMap<String, Vec<String>>,
        found: &Found,
    ) {
        let (from, mut path) = (&found.module, &found.path);
        if let Some(first) = path.first()
            && !modules.contains(&path[..1])
        {
            if found.is_use && !from.is_empty() {
                let (from, path) = (from.join("::"), path.join("::"));
                self.root.insert(format!("{from} imports crate::{path}"));
            }
            match reexports.get(first).or_else(|| reexports.get("*")) {
                Some(origin) => path = origin,
                None => return,
            }
        }
        let depth = (0..=path.len())
            .rev()
            .find(|length| modules.contains(&path[..*length]))
            .unwrap_or_default();
        let to = &path[..depth];
        let (from_text, to_text) = (from.join("::"), path.join("::"));
        let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        // One of them contains the other.
        let (Some(source), Some(target)) = (from.get(common), to.get(common)) else {
            return;
        };
        self.edges
            .entry(from[..common].to_vec())
            .or_default()
            .entry((source.clone(), target.clone()))
            .or_insert_with(|| format!("{from_text} imports {to_text}"));
    }

    /// Groups of modules that import each other, each with the imports inside of the group.
    fn circles(&self) -> Vec<(String, Vec<&str>)> {
        let mut circles = Vec::new();
        for (parent, edges) in &self.edges {
            let mut reach: BTreeSet<(&str, &str)> = edges
                .keys()
                .map(|(from, to)| (from.as_str(), to.as_str()))
                .collect();
            let names: BTreeSet<&str> = reach.iter().flat_map(|(from, to)| [*from, *to]).collect();
            for middle in &names {
                for from in &names {
                    if reach.contains(&(*from, *middle)) {
                        for to in &names {
                            if reach.contains(&(*middle, *to)) {
                                reach.insert((*from, *to));
                            }
                        }
                    }
                }
            }
            let mut groups: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
            for name in names
                .iter()
                .filter(|name| reach.contains(&(**name, **name)))
            {
                let both = |other: &&&str| {
                    reach.contains(&(*name, **other)) && reach.contains(&(**other, *name))
                };
                groups.insert(names.iter().filter(both).copied().collect());
            }
            for group in groups {
                let inside = |(from, to): &&(String, String)| {
                    group.contains(from.as_str()) && group.contains(to.as_str())
                };
                let imports = edges.keys().filter(inside).map(|edge| edges[edge].as_str());
                let names: Vec<&str> = group.iter().copied().collect();
                let mut place = parent.join("::");
                if !place.is_empty() {
                    place.push_str(": ");
                }
                circles.push((format!("{place}{}", names.join(", ")), imports.collect()));
            }
        }
        circles
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Programs are crates of their own.
            if path.file_name().is_some_and(|name| name != "bin") {
                collect(root, &path, files);
            }
            continue;
        }
        // Some tests have files of their own next to the tested module.
        let name = path.file_name().unwrap().to_string_lossy();
        if !name.ends_with(".rs") || name.ends_with("_tests.rs") {
            continue;
        }
        let below = path.strip_prefix(root).unwrap().with_extension("");
        let mut module: Module = below
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        if module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        if module == ["lib"] {
            module.clear();
        } else if module == ["main"] {
            // The root of a crate that is only a command.
            if root.join("lib.rs").exists() {
                continue;
            }
            module.clear();
        }
        files.insert(module, fs::read_to_string(&path).unwrap());
    }
}

/// A path in a file that leads to its own crate.
struct Found {
    /// The module with the path.
    module: Module,
    /// The path from the root of the crate.
    path: Vec<String>,
    /// Whether it is an import, and not just a use of the path.
    is_use: bool,
    is_glob: bool,
}

/// Finds such paths.
#[derive(Default)]
struct Finder {
    module: Module,
    paths: Vec<Found>,
}

impl Finder {
    fn add(&mut self, segments: &[String], is_use: bool, is_glob: bool) {
        let mut segments = segments;
        let mut path = match segments.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("super" | "self") => self.module.clone(),
            _ => return,
        };
        while let Some((first, rest)) = segments.split_first() {
            match first.as_str() {
                "crate" | "self" => {}
                "super" => {
                    path.pop();
                }
                _ => break,
            }
            segments = rest;
        }
        path.extend_from_slice(segments);
        self.paths.push(Found {
            module: self.module.clone(),
            path,
            is_use,
            is_glob,
        });
    }

    fn add_tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_tree(&path.tree, before);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_tree(tree, before);
                }
            }
            UseTree::Name(name) => self.add_name(name.ident.to_string(), before),
            UseTree::Rename(rename) => self.add_name(rename.ident.to_string(), before),
            UseTree::Glob(_) => self.add(before, true, true),
        }
    }

    fn add_name(&mut self, name: String, before: &mut Vec<String>) {
        // `use a::{self}` imports `a`.
        let itself = name == "self" && !before.is_empty();
        if !itself {
            before.push(name);
        }
        self.add(before, true, false);
        if !itself {
            before.pop();
        }
    }
}

impl Visit<'_> for Finder {
    fn visit_item(&mut self, item: &Item) {
        let attributes: &[Attribute] = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.add_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.add(&segments, false, false);
        visit::visit_path(self, path);
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}
