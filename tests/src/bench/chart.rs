//! Bar charts of the figures in `docs/BENCHMARKS.md`, as SVG. A chart is made from the text of the page, so it shows the
//! figures of the page.

use std::{collections::BTreeMap, fmt::Write as _};

/// A chart: one benchmark, and the figures to show.
pub(super) struct Chart {
    benchmark: &'static str,
    /// Its file, relative to the page.
    pub(super) file: &'static str,
    title: &'static str,
    unit: &'static str,
    bars: fn(&[Row<'_>]) -> Vec<Bar>,
}

/// All charts.
pub(super) const CHARTS: [Chart; 3] = [
    Chart {
        benchmark: "models",
        file: "charts/reading.svg",
        title: "Reading a page of 100 deals with custom fields: time, less is better",
        unit: "µs",
        bars: reading,
    },
    Chart {
        benchmark: "build",
        file: "charts/builds.svg",
        title: "Building the first program of the README with all dependencies: CPU time, less is better",
        unit: "s",
        bars: builds,
    },
    Chart {
        benchmark: "quota",
        file: "charts/quota.svg",
        title: "Quota used by processes that share one key, without a refusal: more is better",
        unit: "%",
        bars: quota,
    },
];

/// A row of a table: heading → cell.
type Row<'a> = BTreeMap<&'a str, &'a str>;

struct Bar {
    label: String,
    value: String,
    /// Whether this is a figure of `heffl`, which has another colour.
    is_ours: bool,
}

impl Bar {
    fn new(label: impl Into<String>, value: &str, is_ours: bool) -> Self {
        Self {
            label: label.into(),
            value: value.to_owned(),
            is_ours,
        }
    }
}

fn reading(rows: &[Row<'_>]) -> Vec<Bar> {
    let rows = rows
        .iter()
        .filter(|row| row.get("what") == Some(&"100 deals"));
    rows.filter_map(|row| {
        let (variant, time) = (*row.get("variant")?, *row.get("time (µs)")?);
        Some(Bar::new(variant, time, variant == "heffl"))
    })
    .collect()
}

fn builds(rows: &[Row<'_>]) -> Vec<Bar> {
    let rows = rows
        .iter()
        .filter(|row| row.get("what") == Some(&"clean build, CPU"));
    let others = rows.clone();
    let ours = rows
        .take(1)
        .filter_map(|row| Some(("heffl", *row.get("heffl")?)));
    let others =
        others.filter_map(|row| Some((*row.get("compared with")?, *row.get("its figure")?)));
    ours.chain(others)
        .map(|(name, value)| Bar::new(name, value, name == "heffl"))
        .collect()
}

fn quota(rows: &[Row<'_>]) -> Vec<Bar> {
    let bar = |row: &Row<'_>| {
        let processes = *row.get("processes")?;
        let noun = if processes == "1" {
            "process"
        } else {
            "processes"
        };
        let share = row.get("share of the quota (%)")?;
        Some(Bar::new(format!("{processes} {noun}"), share, true))
    };
    rows.iter().filter_map(bar).collect()
}

impl Chart {
    /// The charts of a benchmark.
    pub(super) fn of(benchmark: &str) -> impl Iterator<Item = &'static Self> {
        CHARTS
            .iter()
            .filter(move |chart| chart.benchmark == benchmark)
    }

    /// The line of the page that shows the chart.
    pub(super) fn image(&self) -> String {
        format!("![{}]({})", self.title, self.file)
    }

    /// The chart as SVG; `None` if the page lacks the figures.
    pub(super) fn draw(&self, page: &str) -> Option<String> {
        let heading = format!("\n## {}\n", self.benchmark);
        let (_, section) = page.split_once(&heading)?;
        let section = section
            .split_once("\n## ")
            .map_or(section, |(section, _)| section);
        let bars = (self.bars)(&table(section));
        let values: Vec<f64> = bars
            .iter()
            .map(|bar| bar.value.parse().ok())
            .collect::<Option<_>>()?;
        if values.is_empty() {
            return None;
        }
        let full = match self.unit {
            "%" => 100.0,
            _ => values.iter().copied().fold(f64::MIN_POSITIVE, f64::max),
        };
        Some(svg(self.title, self.unit, &bars, |index| {
            values[index] / full
        }))
    }
}

/// The rows of the first Markdown table.
fn table(section: &str) -> Vec<Row<'_>> {
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let mut lines = lines.take_while(|line| line.starts_with('|'));
    let heads = lines.next().map(cells).unwrap_or_default();
    lines
        .skip(1)
        .map(|line| heads.iter().copied().zip(cells(line)).collect())
        .collect()
}

fn cells(line: &str) -> Vec<&str> {
    let line = line.trim().trim_matches('|');
    line.split('|').map(str::trim).collect()
}

const WIDTH: f64 = 760.0;
/// The left end of the bars, and the length of the longest.
const BARS: (f64, f64) = (280.0, 380.0);
const LINE: f64 = 30.0;
const TOP: f64 = 52.0;

fn svg(title: &str, unit: &str, bars: &[Bar], share: impl Fn(usize) -> f64) -> String {
    let title = escaped(title);
    let mut text = String::new();
    let mut top = TOP;
    for (index, bar) in bars.iter().enumerate() {
        let (left, longest) = BARS;
        let width = longest * share(index);
        let colour = if bar.is_ours { "#c2410c" } else { "#8c959f" };
        let (middle, label, value) = (top + 15.0, escaped(&bar.label), escaped(&bar.value));
        let _ = write!(
            text,
            "  <text x=\"{:.0}\" y=\"{middle:.0}\" text-anchor=\"end\">{label}</text>\n  \
             <rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{width:.1}\" height=\"20\" rx=\"2\" fill=\"{colour}\"/>\n  \
             <text x=\"{:.1}\" y=\"{middle:.0}\">{value} {unit}</text>\n",
            left - 10.0,
            left + width + 8.0,
        );
        top += LINE;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {WIDTH:.0} \
         {height:.0}\" role=\"img\" font-family=\"sans-serif\" font-size=\"14\" fill=\"#1f2328\">\n  \
         <title>{title}</title>\n  \
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#ffffff\"/>\n  \
         <text x=\"20\" y=\"30\" font-weight=\"bold\">{title}</text>\n{text}</svg>\n",
        height = top + 8.0,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_charts_show_the_figures_of_the_page() {
        let docs = crate::workspace().join("docs");
        let page = fs::read_to_string(docs.join("BENCHMARKS.md")).unwrap();
        for chart in &CHARTS {
            let saved = fs::read_to_string(docs.join(chart.file)).ok();
            assert_eq!(
                chart.draw(&page),
                saved,
                "`cargo xtask bench {} --save` updates {}",
                chart.benchmark,
                chart.file
            );
            assert_eq!(
                page.contains(&chart.image()),
                saved.is_some(),
                "{}",
                chart.file
            );
        }
    }

    #[test]
    fn the_longest_bar_has_the_full_width_unless_bars_are_shares() {
        let page = "\n## models\n\n| what | variant | time (µs) |\n| --- | --- | ---: |\n\
                    | 100 deals | heffl | 206 |\n| 100 deals | a < b | 412 |\n| 100 leads | c | 9 |\n\n\
                    ## quota\n\n| processes | share of the quota (%) |\n| ---: | ---: |\n| 5 | 50 |\n";
        let draw = |benchmark| Chart::of(benchmark).next().unwrap().draw(page);
        let reading = draw("models").unwrap();
        assert!(reading.contains("width=\"380.0\"") && reading.contains("width=\"190.0\""));
        assert!(reading.contains("a &lt; b") && !reading.contains(">c<"));
        assert!(draw("quota").unwrap().contains("width=\"190.0\""));
        assert_eq!(draw("build"), None);
    }
}
