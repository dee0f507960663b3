//! `heffl completion`: completion of command lines in a shell.

use std::io::{self, Write as _};

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::failure::{Failure, written};

/// Print the completion script of a shell
///
/// Bash: source <(heffl completion bash). Zsh: heffl completion zsh > "${fpath[1]}/_heffl". Fish: heffl completion fish |
/// source. PowerShell: heffl completion powershell | Out-String | Invoke-Expression.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    pub(crate) fn run(&self, mut command: Command) -> Result<(), Failure> {
        let name = command.get_name().to_owned();
        // The generator panics if it cannot write.
        let mut script = Vec::new();
        generate(self.shell, &mut command, name, &mut script);
        written(io::stdout().write_all(&script))
    }
}
