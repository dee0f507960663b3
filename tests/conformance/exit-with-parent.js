// Loaded ahead of a server (`node --require`): it ends when its standard input does, that is when
// the process that started it is gone, however that came about.
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
