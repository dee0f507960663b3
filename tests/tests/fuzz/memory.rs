//! The peak memory of a target.

use std::fmt;

use allocation_counter::measure;

use crate::targets::Target;

/// The memory that any input may need: tables of names, compiled patterns, buffers of libraries, the lines of a
/// page, and a list of findings in full sentences.
const ALLOWANCE: usize = 3 << 19;

/// The peak memory, without the input itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Peak {
    input: usize,
    memory: usize,
    /// The part that the YAML library needs: it keeps every token of a text until the end.
    floor: usize,
}

impl Peak {
    /// The memory without the YAML library's and the allowance, as a multiple of the input.
    pub(crate) fn multiple(self) -> f64 {
        times(
            self.memory.saturating_sub(self.floor + ALLOWANCE),
            self.input,
        )
    }

    /// The memory without the allowance, as a multiple of the input.
    pub(crate) fn whole(self) -> f64 {
        times(self.memory.saturating_sub(ALLOWANCE), self.input)
    }

    pub(crate) fn max(self, other: Self) -> Self {
        if (other.multiple(), other.memory) > (self.multiple(), self.memory) {
            other
        } else {
            self
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far from exact anyway")]
fn times(memory: usize, input: usize) -> f64 {
    memory as f64 / input.max(1) as f64
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (memory, input, floor) = (self.memory >> 10, self.input >> 10, self.floor >> 10);
        write!(
            f,
            "{memory} KiB for {input} KiB, {floor} of them the YAML library's: {:.1} times ({:.1} with the library), \
             beside {} KiB",
            self.multiple(),
            self.whole(),
            ALLOWANCE >> 10
        )
    }
}

/// Runs a target, and measures it.
pub(crate) fn peak(target: &Target, inputs: &[String]) -> Peak {
    let floor =
        |text: &String| measured(|| drop(serde_yaml::from_str::<serde::de::IgnoredAny>(text)));
    Peak {
        input: inputs.iter().map(String::len).sum(),
        memory: measured(|| (target.run)(inputs)),
        floor: if target.is_yaml {
            inputs.iter().map(floor).max().unwrap_or_default()
        } else {
            0
        },
    }
}

/// The peak memory of this thread.
fn measured(work: impl FnOnce()) -> usize {
    usize::try_from(measure(work).bytes_max).unwrap_or(usize::MAX)
}

/// Texts with many values in few bytes, each with a description.
pub(crate) fn dense(target: &Target) -> Vec<(&'static str, Vec<String>)> {
    const SIZE: usize = 1 << 17;
    let repeated = |text: &str| text.repeat(SIZE / text.len().max(1));
    [
        ("numbers", format!("[{}0]", repeated("1,"))),
        ("empty maps", format!("[{}0]", repeated("{},"))),
        ("keys", {
            let keys = (0..SIZE / 8).map(|number| format!("k{number}:\n"));
            keys.collect()
        }),
        ("brackets", repeated("[")),
        ("empty lines", repeated("\n")),
        ("one line", repeated("x")),
        ("colons", repeated("a: ")),
        ("dashes", repeated("- ")),
        ("lines of a letter", repeated("a\n")),
        ("fences", repeated("```\n")),
        ("headings", repeated("# A\n")),
        ("alternatives", {
            let types = (0..SIZE / 16).map(|number| format!("string<{number}> | "));
            types.collect::<String>() + "null"
        }),
    ]
    .into_iter()
    .map(|(what, text)| (what, vec![text; target.inputs]))
    .collect()
}
