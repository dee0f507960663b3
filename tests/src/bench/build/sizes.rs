//! Sizes of programs.

use std::{fs, path::Path};

use object::{Object as _, ObjectSection as _, SectionKind};

/// The memory that a program occupies, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Machine code.
    pub(super) code: u64,
    /// Code, constants and tables, without debug information.
    pub(super) loaded: u64,
}

pub(super) fn program(file: &Path) -> Result<Size, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let bytes = fs::read(file).map_err(|error| failed(&error))?;
    let program = object::File::parse(&*bytes).map_err(|error| failed(&error))?;
    let mut size = Size { code: 0, loaded: 0 };
    for section in program.sections() {
        match section.kind() {
            SectionKind::Text => {
                size.code += section.size();
                size.loaded += section.size();
            }
            SectionKind::Data
            | SectionKind::ReadOnlyData
            | SectionKind::ReadOnlyDataWithRel
            | SectionKind::ReadOnlyString
            | SectionKind::Tls => size.loaded += section.size(),
            _ => {}
        }
    }
    Ok(size)
}
