//! `check`: the whole comparison of records, documents and generated code, as `cargo xtask check` does it.

use std::path::Path;

use super::{Cell, Effort, Table, median};
use crate::workspace;

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let mut table = Table::new(&[("operations", ""), ("check", "ms")]);
    let check = median(effort.choose(1, 5), || xtask(workspace(), &["check"]))?;
    table.push([Cell::Count(71), Cell::Number(check)]);
    Ok(table)
}

/// Runs a command in this process; all must be well.
fn xtask(root: &Path, command: &[&str]) -> Result<(), String> {
    let root = root.to_string_lossy();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = xtask::run(
        ["cargo xtask", "--root", &root].iter().chain(command),
        &mut xtask::Streams {
            out: &mut out,
            err: &mut err,
            progress: false,
        },
    );
    if code == 0 {
        return Ok(());
    }
    Err(format!(
        "`{}` ended with {code}:\n{}{}",
        command.join(" "),
        String::from_utf8_lossy(&out),
        String::from_utf8_lossy(&err)
    ))
}
