//! Sizes of programs.

use std::{fs, path::Path};

use object::{Object as _, ObjectSection as _, SectionKind};

/// The bytes of machine code in a program.
pub(super) fn code(file: &Path) -> Result<u64, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = fs::read(file).map_err(|error| failed(&error))?;
    let program = object::File::parse(&*bytes).map_err(|error| failed(&error))?;
    let code = program
        .sections()
        .filter(|section| section.kind() == SectionKind::Text);
    Ok(code.map(|section| section.size()).sum())
}
