// Loaded into the worker before its own code: stops the worker gracefully when its parent is gone, for whatever
// reason. The channel alone does not keep the worker alive.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
