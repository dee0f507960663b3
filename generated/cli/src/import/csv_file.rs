//! The file of an import: its encoding, its separator, and its rows with their lines.

use std::{borrow::Cow, fs, io, path::Path};

use clap::ValueEnum;
use csv::{ByteRecord, ReaderBuilder, WriterBuilder};
use encoding_rs::WINDOWS_1252;

use crate::failure::Failure;

/// Encoding of the file.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Encoding {
    /// UTF-8, with or without a byte order mark
    #[value(name = "utf-8")]
    Utf8,
    /// Windows-1252, which Excel in Western Europe and America writes as CSV, comma delimited
    #[value(name = "windows-1252")]
    Windows1252,
}

impl Encoding {
    fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Windows1252 => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    }
}

/// A file of comma-separated values. Its cells are decoded when they are read.
#[derive(Debug)]
pub(super) struct CsvFile {
    pub(super) name: String,
    pub(super) headers: Vec<String>,
    pub(super) rows: Vec<Row>,
    encoding: Encoding,
    separator: u8,
    header: ByteRecord,
    /// The content of the file.
    pub(super) bytes: Vec<u8>,
}

/// A row, and the line on which it begins.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: ByteRecord,
}

impl CsvFile {
    /// Reads a file. The first row has the names of the columns. Rows without text are ignored.
    pub(super) fn read(path: &Path, encoding: Encoding) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        check_encoding(&name, text, encoding)?;
        let separator = separator(text);
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .from_reader(text);
        let mut rows = Vec::new();
        for cells in reader.byte_records() {
            let cells = cells.map_err(|error| Failure::usage(format!("{name}: {error}")))?;
            let line = cells.position().map_or(0, csv::Position::line);
            if cells.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                rows.push(Row { line, cells });
            }
        }
        if rows.is_empty() {
            return Err(Failure::usage(format!("{name}: the file is empty"))
                .hint("the first row holds the names of the columns"));
        }
        let header = rows.remove(0).cells;
        let headers = header
            .iter()
            .map(|cell| encoding.decode(cell).trim().to_owned())
            .collect();
        Ok(Self {
            name,
            headers,
            rows,
            encoding,
            separator,
            header,
            bytes,
        })
    }

    /// A cell, trimmed. Empty if the row has no such cell.
    pub(super) fn cell<'a>(&self, row: &'a Row, column: usize) -> Cow<'a, str> {
        let bytes = row.cells.get(column).unwrap_or_default();
        match self.encoding.decode(bytes) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    }

    /// A problem of a row, or of one of its cells, in the form `file:line:column: message`.
    pub(super) fn problem(&self, row: &Row, column: Option<usize>, message: &str) -> String {
        let (name, line) = (&self.name, row.line);
        match column {
            Some(index) => {
                let header = self.headers.get(index).map_or("", String::as_str);
                format!("{name}:{line}:{}: {header}: {message}", index + 1)
            }
            None => format!("{name}:{line}: {message}"),
        }
    }

    /// Writes some of the rows to a file of the same form, which can be imported with the same options.
    pub(super) fn write_rows(&self, rows: Vec<&Row>, path: &Path) -> io::Result<()> {
        let mut writer = WriterBuilder::new()
            .delimiter(self.separator)
            .from_path(path)?;
        writer.write_byte_record(&self.header)?;
        for row in rows {
            writer.write_byte_record(&row.cells)?;
        }
        writer.flush()
    }
}

/// The separator that gives the first line the most cells.
fn separator(text: &[u8]) -> u8 {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let cells = |separator: u8| {
        let reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .from_reader(line);
        let first = reader.into_byte_records().next();
        first.and_then(Result::ok).map_or(0, |record| record.len())
    };
    // If several separators give the same number of cells, `max_by_key` returns the last.
    b"\t;,"
        .iter()
        .copied()
        .max_by_key(|it| cells(*it))
        .unwrap_or(b',')
}

/// Refuses bytes that are not valid in the encoding, and reports the location of the first.
fn check_encoding(name: &str, text: &[u8], encoding: Encoding) -> Result<(), Failure> {
    let utf_16 = [b"\xff\xfe".as_slice(), b"\xfe\xff"];
    if utf_16.iter().any(|mark| text.starts_with(mark)) {
        return Err(Failure::usage(format!("{name}:1:1: the file is in UTF-16"))
            .hint("save it as \"CSV UTF-8\""));
    }
    let Encoding::Utf8 = encoding else {
        return Ok(());
    };
    let Err(error) = std::str::from_utf8(text) else {
        return Ok(());
    };
    let before = String::from_utf8_lossy(text.get(..error.valid_up_to()).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|it| *it != '\n').count() + 1;
    let byte = text.get(error.valid_up_to()).copied().unwrap_or_default();
    let message = format!(
        "{name}:{line}:{column}: the file is not UTF-8: the byte {byte:#04x} would be {:?} in Windows-1252",
        Encoding::Windows1252.decode(&[byte])
    );
    Err(Failure::usage(message)
        .hint("save it as \"CSV UTF-8\", or add --encoding windows-1252 if that character fits"))
}

#[cfg(test)]
mod tests {
    use super::{Encoding, separator};

    #[test]
    fn every_byte_of_windows_1252_is_a_character() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = Encoding::Windows1252.decode(&bytes);
        assert_eq!(text.chars().count(), 256);
        assert_eq!(text.chars().nth(0x80), Some('€'));
        assert_eq!(text.chars().nth(0x9f), Some('Ÿ'));
        assert_eq!(text.chars().nth(0xe9), Some('é'));
    }

    #[test]
    fn the_separator_is_the_one_that_cuts_the_header() {
        assert_eq!(separator(b"a,b;c,d\r\n1;2;3;4;5"), b',');
        assert_eq!(separator(b"\"a,b,c,d\";e\r\n"), b';');
        assert_eq!(separator(b"a\tb"), b'\t');
        assert_eq!(separator(b"email"), b',');
    }
}
