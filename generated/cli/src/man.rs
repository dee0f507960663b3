//! `heffl man`: the manual.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::failure::{Failure, written};

/// Print the manual page, or write a page for each command into a folder
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder, such as ~/.local/share/man/man1; it is created if it does not exist
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self, command: Command) -> Result<(), Failure> {
        let Some(folder) = &self.folder else {
            let mut page = Vec::new();
            written(Man::new(command).render(&mut page))?;
            return written(io::stdout().write_all(&page));
        };
        fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(command, folder))
            .map_err(|error| Failure::file(folder, &error))
    }
}
