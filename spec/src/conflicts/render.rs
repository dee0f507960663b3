//! `CONFLICTS.md`.

use std::fmt::Write as _;

use super::{Conflict, Conflicts, Side};
use crate::markdown::{anchor, cell, code, count, page, prose};

const HEADER: &str =
    "<!-- Written by `cargo xtask assemble` from spec/conflicts.yaml. Do not edit. -->\n";

/// The conflicts as Markdown.
pub(crate) fn render(conflicts: &Conflicts) -> String {
    let mut out = HEADER.to_owned();
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        out,
        "# Conflicts\n\n\
         The documentation contradicts itself in places, and public programs contradict it in others. {} known.\n\
         Each entry has the statements and their places, the choice of the documents, its reason, and what a client should\n\
         tolerate. The newer version of a page wins unless an entry chooses otherwise. Nothing here has been tried against\n\
         the live service.\n\n\
         [README.md](README.md#evidence) explains the evidence of a statement. Places are JSON pointers: `v2#/info/title` is\n\
         `/info/title` in `heffl-v2.yaml`.\n",
        count(conflicts.conflicts.len(), "conflict")
            + if conflicts.conflicts.len() == 1 {
                " is"
            } else {
                " are"
            },
    );
    contents(&mut out, conflicts);
    for (topic, heading) in &conflicts.topics {
        let _ = writeln!(out, "\n## {}", prose(heading));
        for conflict in of_topic(conflicts, topic) {
            section(&mut out, conflict);
        }
    }
    out
}

fn of_topic<'a>(conflicts: &'a Conflicts, topic: &'a str) -> impl Iterator<Item = &'a Conflict> {
    let conflicts = conflicts.conflicts.iter();
    conflicts.filter(move |conflict| conflict.topic == topic)
}

fn contents(out: &mut String, conflicts: &Conflicts) {
    if !conflicts.topics.is_empty() {
        out.push('\n');
    }
    for (topic, heading) in &conflicts.topics {
        let _ = writeln!(out, "- [{}](#{})", prose(heading), anchor(heading));
        for conflict in of_topic(conflicts, topic) {
            let (about, versions) = (prose(&conflict.about), conflict.versions.join(", "));
            let _ = writeln!(out, "  - [{about}](#{}) ({versions})", conflict.id);
        }
    }
}

fn section(out: &mut String, conflict: &Conflict) {
    // Links use the identifier, so that they are valid after a change of the heading.
    let _ = write!(
        out,
        "\n<a id=\"{}\"></a>\n\n### {}\n\n{} in {}\n\n| statement | evidence | where |\n|---|---|---|\n",
        conflict.id,
        prose(&conflict.about),
        code(&conflict.id),
        conflict.versions.join(", "),
    );
    for side in &conflict.sides {
        let (says, places) = (cell(&side.says), places(side));
        let _ = writeln!(out, "| {says} | {} | {places} |", side.evidence);
    }
    let _ = write!(
        out,
        "\n- **Chosen:** {}\n- **Why:** {}\n- **Tolerate:** {}\n",
        prose(&conflict.chosen),
        prose(&conflict.why),
        prose(&conflict.tolerate)
    );
    if !conflict.at.is_empty() {
        let places: Vec<String> = conflict.at.iter().map(|place| code(place)).collect();
        let _ = writeln!(out, "- **In the documents:** {}", places.join(", "));
    }
    if let Some(overlay) = &conflict.overlay {
        let name = code(overlay);
        let _ = writeln!(out, "- **Overlay:** [{name}](overlays/{overlay})");
    }
}

fn places(side: &Side) -> String {
    if side.pages.is_empty() {
        return "public programs".to_owned();
    }
    let pages: Vec<String> = side.pages.iter().map(|address| page(address)).collect();
    pages.join("<br>")
}
