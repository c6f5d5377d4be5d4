namespace EdgeAgent.Thermal;

/// <summary>
/// Runs the reads of one source's files, one after another, on a thread of its own: however busy the thread pool is, a read starts at
/// once and never seems to hang. The thread ends after a minute without work. Not safe for concurrent use.
/// </summary>
internal sealed class SensorThread
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private Worker? _worker;

    /// <param name="read">A task that has not been started.</param>
    public void Start(Task read)
    {
        if (_worker?.TryAdd(read) == true) return;
        _worker = new Worker();
        _worker.TryAdd(read);
    }

    /// <summary>Leaves the thread to the read that hangs on it; the next read gets a new one.</summary>
    public void Abandon()
    {
        _worker?.End();
        _worker = null;
    }

    private sealed class Worker
    {
        private readonly Queue<Task> _reads = [];
        private bool _hasEnded;

        public Worker() => new Thread(Run) { IsBackground = true, Name = "sensors" }.Start();

        public bool TryAdd(Task read)
        {
            lock (_reads)
            {
                if (_hasEnded) return false;
                _reads.Enqueue(read);
                Monitor.Pulse(_reads);
                return true;
            }
        }

        public void End()
        {
            lock (_reads)
            {
                _hasEnded = true;
                Monitor.Pulse(_reads);
            }
        }

        private void Run()
        {
            while (Next() is { } read) read.RunSynchronously(TaskScheduler.Default);
        }

        private Task? Next()
        {
            lock (_reads)
            {
                while (_reads.Count == 0)
                {
                    if (_hasEnded) return null;
                    if (!Monitor.Wait(_reads, Idle) && _reads.Count == 0) _hasEnded = true;
                }
                return _reads.Dequeue();
            }
        }
    }
}
