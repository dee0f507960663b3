use std::fmt;

/// One thing that keeps a document from becoming code: what, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable identifier of the rule.
    pub rule: &'static str,
    /// The document.
    pub file: String,
    /// JSON pointer into the document.
    pub pointer: Option<String>,
    /// Line in the document, counted from 1, where only that is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(rule: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self {
            rule,
            file: file.to_owned(),
            pointer: None,
            line: None,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    pub(crate) fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(pointer) = &self.pointer {
            write!(f, " #{pointer}")?;
        }
        write!(f, ": {} [{}]", self.message, self.rule)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}
