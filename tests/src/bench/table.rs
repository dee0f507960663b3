//! Results, as a table for people and as JSON for programs.

use std::fmt;

use serde_json::{Map, Value, json};

use super::Effort;

/// The results: columns with units, and one row for each input.
#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<(String, &'static str)>,
    rows: Vec<Vec<Cell>>,
    notes: Vec<String>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Count(usize),
    /// A measured number, which is printed with a few digits.
    Number(f64),
    /// Not measured.
    None,
}

impl Table {
    /// A table with these columns: names, and units (empty where there is none).
    pub fn new(columns: &[(&str, &'static str)]) -> Self {
        Self {
            columns: columns
                .iter()
                .map(|&(name, unit)| (name.to_owned(), unit))
                .collect(),
            ..Self::default()
        }
    }

    /// Adds a row, a cell for each column.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Adds a note below the table.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// A table in Markdown, and the notes below it.
    pub(super) fn to_markdown(&self) -> String {
        let is_text = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.into_iter().any(|cell| matches!(cell, Cell::Text(_)))
        };
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let sides =
            (0..self.columns.len()).map(|column| if is_text(column) { "---" } else { "---:" });
        let mut text = line(self.heads().collect());
        text.push_str(&line(sides.map(str::to_owned).collect()));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(Cell::to_string).collect()));
        }
        for note in &self.notes {
            text.extend(["\n", note, "\n"]);
        }
        text
    }

    fn heads(&self) -> impl Iterator<Item = String> {
        self.columns.iter().map(|(name, unit)| match *unit {
            "" => name.clone(),
            unit => format!("{name} ({unit})"),
        })
    }

    pub(super) fn to_json(&self, benchmark: &str, effort: Effort) -> String {
        let units: Map<String, Value> = self
            .columns
            .iter()
            .filter(|(_, unit)| !unit.is_empty())
            .map(|(name, unit)| (name.clone(), Value::from(*unit)))
            .collect();
        let rows: Vec<Map<String, Value>> = self
            .rows
            .iter()
            .map(|row| {
                let names = self.columns.iter().map(|(name, _)| name.clone());
                names.zip(row.iter().map(Cell::value)).collect()
            })
            .collect();
        let results = json!({
            "benchmark": benchmark,
            "quick": effort == Effort::Quick,
            "optimised": !cfg!(debug_assertions),
            "cores": std::thread::available_parallelism().map_or(1, usize::from),
            "units": units,
            "rows": rows,
            "notes": self.notes,
        });
        format!("{results:#}\n")
    }
}

impl Cell {
    /// The measured value per item.
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    pub fn per(measured: f64, count: usize) -> Self {
        Self::Number(measured / count.max(1) as f64)
    }

    fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Count(count) => Value::from(*count),
            Self::Number(number) => Value::from(*number),
            Self::None => Value::Null,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => write!(f, "{count}"),
            Self::Number(number) if number.abs() < 10.0 => write!(f, "{number:.2}"),
            Self::Number(number) if number.abs() < 100.0 => write!(f, "{number:.1}"),
            Self::Number(number) => write!(f, "{number:.0}"),
            Self::None => f.write_str("-"),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.iter().map(|row| {
            let cells = row.iter().map(Cell::to_string);
            cells.collect::<Vec<_>>()
        });
        let lines: Vec<Vec<String>> = [self.heads().collect()].into_iter().chain(rows).collect();
        for line in &lines {
            for (column, text) in line.iter().enumerate() {
                let width = lines
                    .iter()
                    .filter_map(|line| line.get(column))
                    .map(|text| text.chars().count())
                    .max()
                    .unwrap_or_default();
                // Text is left-aligned, numbers are right-aligned.
                let is_text = |row: &Vec<Cell>| matches!(row.get(column), Some(Cell::Text(_)));
                let separator = if column == 0 { "" } else { "  " };
                if self.rows.iter().any(is_text) {
                    write!(f, "{separator}{text:<width$}")?;
                } else {
                    write!(f, "{separator}{text:>width$}")?;
                }
            }
            writeln!(f)?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[("what", ""), ("operations", ""), ("time", "ms")]);
        table.push([
            Cell::Text("a".to_owned()),
            Cell::Count(71),
            Cell::Number(1.25),
        ]);
        table.push([
            Cell::Text("longer".to_owned()),
            Cell::Count(5000),
            Cell::None,
        ]);
        table.note("On a made-up machine.");
        table
    }

    #[test]
    fn columns_are_aligned() {
        assert_eq!(
            table().to_string(),
            "what    operations  time (ms)\n\
             a               71       1.25\n\
             longer        5000          -\n\
             On a made-up machine.\n"
        );
    }

    #[test]
    fn a_page_gets_a_table_in_markdown() {
        assert_eq!(
            table().to_markdown(),
            "| what | operations | time (ms) |\n\
             | --- | ---: | ---: |\n\
             | a | 71 | 1.25 |\n\
             | longer | 5000 | - |\n\
             \nOn a made-up machine.\n"
        );
    }

    #[test]
    fn a_program_gets_names_units_and_unrounded_numbers() {
        let results: Value = serde_json::from_str(&table().to_json("x", Effort::Full)).unwrap();
        assert_eq!(results["benchmark"], "x");
        assert_eq!(results["units"], json!({"time": "ms"}));
        assert_eq!(
            results["rows"],
            json!([
                {"what": "a", "operations": 71, "time": 1.25},
                {"what": "longer", "operations": 5000, "time": null},
            ])
        );
    }
}
