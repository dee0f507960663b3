//! Reads handwritten YAML files, and reports the position of a problem.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::finding::Finding;

/// The largest file that is read: more than a hundred times the largest file of this workspace.
pub const MAX_BYTES: u64 = 32 << 20;

/// The largest number of open brackets. Valid files have far fewer, even with unbalanced brackets in prose.
const MAX_BRACKETS: usize = 1000;

/// The text of the YAML file at `path`, called `name` in findings. A file over [`MAX_BYTES`] is never read
/// whole.
pub fn read(path: &Path, name: &str) -> Result<String, Finding> {
    let unreadable = |error: io::Error| {
        let help = if error.kind() == io::ErrorKind::NotFound {
            "restore the file, or correct the path"
        } else {
            "check the file at this path, and its permissions"
        };
        Finding::new("unreadable", format!("cannot be read: {error}"))
            .file(name)
            .help(help)
    };
    let (bytes, size) = bytes(path, MAX_BYTES).map_err(unreadable)?;
    if size > MAX_BYTES {
        return Err(Finding::new(
            "too-large",
            format!("the file has {size} bytes; files of more than {MAX_BYTES} bytes are not read"),
        )
        .file(name)
        .line(1)
        .help("check that it is the right file"));
    }
    let text = text(bytes).map_err(|line| {
        Finding::new("not-text", "the line is not UTF-8")
            .file(name)
            .line(line)
            .help("save the file as plain UTF-8 text")
    })?;
    check(&text)
        .map_err(|finding| finding.file(name))
        .map(|()| text)
}

/// The bytes of a file, at most `limit` and one more, and its size.
pub(crate) fn bytes(path: &Path, limit: u64) -> io::Result<(Vec<u8>, u64)> {
    let (file, mut bytes) = (File::open(path)?, Vec::new());
    let size = file.metadata()?.len();
    // A file may grow between the two calls.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes, size))
}

/// Refuses text that a YAML parser reports poorly, or only after a long time, which grows with the square
/// of the brackets that are open at once.
fn check(text: &str) -> Result<(), Finding> {
    if text.trim().is_empty() {
        return Err(Finding::new("empty", "the file is empty")
            .line(1)
            .help("restore it, or delete it if it is not needed"));
    }
    let (mut line, mut open) = (1, 0usize);
    for character in text.chars() {
        match character {
            '\n' => line += 1,
            '[' | '{' => open += 1,
            ']' | '}' => open = open.saturating_sub(1),
            '\t' | '\r' => {}
            _ if character.is_control() => {
                return Err(Finding::new(
                    "not-text",
                    format!("the line contains the control character {character:?}"),
                )
                .line(line)
                .help("delete it, or write it as an escape in double quotes"));
            }
            _ => {}
        }
        if open > MAX_BRACKETS {
            return Err(Finding::new(
                "too-deep",
                format!("more than {MAX_BRACKETS} brackets are open at once"),
            )
            .line(line)
            .help("nest less deeply; check that brackets are closed"));
        }
    }
    Ok(())
}

/// `bytes` as text, or the number of the first line that is not UTF-8.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, usize> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(valid);
        before.filter(|byte| **byte == b'\n').count() + 1
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_other_than_text_are_refused_with_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.yaml");
        let place = |path: &Path| {
            let finding = read(path, "x.yaml").unwrap_err();
            assert!(finding.help.is_some() && finding.file.as_deref() == Some("x.yaml"));
            (finding.rule, finding.line)
        };
        assert_eq!(place(&path), ("unreadable", None));
        assert_eq!(place(folder.path()), ("unreadable", None));
        fs::write(&path, b"a: b\nc: \xff\n").unwrap();
        assert_eq!(place(&path), ("not-text", Some(2)));
        fs::write(&path, "a: b\n\nc: \u{1}\n").unwrap();
        assert_eq!(place(&path), ("not-text", Some(3)));
        fs::write(&path, " \n\n").unwrap();
        assert_eq!(place(&path), ("empty", Some(1)));
        fs::write(&path, format!("a:\n  {}", "[".repeat(2000))).unwrap();
        assert_eq!(place(&path), ("too-deep", Some(2)));
        File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(place(&path), ("too-large", Some(1)));
        fs::write(&path, "a: é\n").unwrap();
        assert_eq!(read(&path, "x.yaml").unwrap(), "a: é\n");
    }
}
