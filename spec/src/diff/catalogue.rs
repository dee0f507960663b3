//! The table of rules, and the page that lists them.

use std::fmt::Write as _;

use super::rule::{
    Area, Rule,
    Severity::{Breaking, Info},
};

/// All rules, sorted by id.
pub fn rules() -> &'static [Rule] {
    &RULES
}

static RULES: [Rule; 2] = [OPERATION_ADDED, OPERATION_REMOVED];

pub(super) const OPERATION_ADDED: Rule = Rule {
    id: "operation-added",
    severity: Info,
    area: Area::Operation,
    title: "An operation is new",
    why: "Programs that do not know it go on as before.",
};

pub(super) const OPERATION_REMOVED: Rule = Rule {
    id: "operation-removed",
    severity: Breaking,
    area: Area::Operation,
    title: "An operation is gone",
    why: "Programs that call it get an error.",
};

/// The rules as a Markdown page, one table for each area.
pub fn rules_markdown() -> String {
    let mut page = String::from("# Rules of the comparison\n");
    for area in Area::ALL {
        let _ = writeln!(
            page,
            "\n## {}\n\n| rule | severity | change | why |\n|---|---|---|---|",
            area.as_str()
        );
        for rule in rules().iter().filter(|rule| rule.area == area) {
            let severity = rule.severity.as_str();
            let _ = writeln!(
                page,
                "| `{}` | {severity} | {} | {} |",
                rule.id, rule.title, rule.why
            );
        }
    }
    page
}
