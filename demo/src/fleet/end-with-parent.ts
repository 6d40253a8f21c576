// Loaded into the worker before its own code: when the demo is gone, however it went, the worker
// stops as if it had been asked to. The channel alone does not keep the worker alive.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
