//! The results of the tools, as a table.

use std::fmt;

/// The result of a tool on a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Passed, with a note on the checks.
    Passed(String),
    /// Failed, with the output of the tool.
    Failed(String),
    /// Skipped, with the reason.
    Skipped(String),
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub tool: String,
    pub subject: String,
    pub verdict: Verdict,
}

/// All results, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub fn push(&mut self, tool: &str, subject: &str, verdict: Verdict) {
        self.rows.push(Row {
            tool: tool.to_owned(),
            subject: subject.to_owned(),
            verdict,
        });
    }

    /// Adds the rows of another table.
    pub fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
    }

    /// 1 if a tool found a problem, otherwise 2 if a tool was skipped although none may be, otherwise 0.
    pub fn exit_code(&self, no_skip: bool) -> u8 {
        let any = |wanted: fn(&Verdict) -> bool| self.rows.iter().any(|row| wanted(&row.verdict));
        if any(|verdict| matches!(verdict, Verdict::Failed(_))) {
            1
        } else if no_skip && any(|verdict| matches!(verdict, Verdict::Skipped(_))) {
            2
        } else {
            0
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: fn(&Row) -> &str| {
            self.rows
                .iter()
                .map(|row| column(row).chars().count())
                .max()
                .unwrap_or_default()
        };
        let (tools, subjects) = (width(|row| &row.tool), width(|row| &row.subject));
        let (mut passed, mut failed) = (0, 0);
        for row in &self.rows {
            let (tool, subject) = (&row.tool, &row.subject);
            write!(f, "{tool:tools$}  {subject:subjects$}  ")?;
            match &row.verdict {
                Verdict::Passed(what) => {
                    passed += 1;
                    writeln!(f, "{}", format!("passed   {what}").trim_end())?;
                }
                Verdict::Failed(_) => {
                    failed += 1;
                    writeln!(f, "FAILED   see below")?;
                }
                Verdict::Skipped(reason) => writeln!(f, "skipped  {reason}")?,
            }
        }
        for row in &self.rows {
            if let Verdict::Failed(output) = &row.verdict {
                let output = output.trim_end();
                writeln!(f, "\n--- {}, {}\n{output}", row.tool, row.subject)?;
            }
        }
        writeln!(f, "\n{passed} passed, {failed} failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(verdicts: impl IntoIterator<Item = Verdict>) -> Table {
        let mut table = Table::default();
        for verdict in verdicts {
            table.push("tool", "v1", verdict);
        }
        table
    }

    #[test]
    fn failures_are_shown_in_full_before_the_summary() {
        let mut table = table([
            Verdict::Passed("3 operations".to_owned()),
            Verdict::Failed("line 1: wrong\n".to_owned()),
        ]);
        table.push("other", "v2", Verdict::Skipped("no network".to_owned()));
        assert_eq!(
            table.to_string(),
            "tool   v1  passed   3 operations\n\
             tool   v1  FAILED   see below\n\
             other  v2  skipped  no network\n\
             \n--- tool, v1\nline 1: wrong\n\
             \n1 passed, 1 failed\n"
        );
    }

    #[test]
    fn a_skipped_tool_is_distinguished_from_a_failed_one() {
        let passed = || Verdict::Passed(String::new());
        let failed = || Verdict::Failed(String::new());
        let skipped = || Verdict::Skipped(String::new());
        let cases = [
            (vec![passed()], 0, 0),
            (vec![passed(), skipped()], 0, 2),
            (vec![passed(), failed()], 1, 1),
            (vec![skipped(), failed()], 1, 1),
        ];
        for (verdicts, lenient, strict) in cases {
            let table = table(verdicts);
            assert_eq!(table.exit_code(false), lenient, "{table}");
            assert_eq!(table.exit_code(true), strict, "{table}");
        }
    }
}
