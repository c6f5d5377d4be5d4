using System.Runtime.CompilerServices;
using EdgeAgent.Inference.Engine;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Serving;

/// <summary>What the queries to a student on trial came to.</summary>
internal sealed record TrialCounts(int Answered, int Failed, int Late);

/// <summary>
/// Hands queries to the student that serves, and a share of them to one on trial. Switching fails no query: new ones go to the
/// new student, running ones end where they began, and a student is disposed of when its last one has. A query whose student on
/// trial fails before its first word is asked again of the incumbent. Owns its students.
/// </summary>
internal sealed class StudentRouter(Student first, TimeProvider clock) : IChatClient
{
    private readonly Lock _lock = new();
    private Served _serving = new(first);
    private Served? _trial;
    private bool _isParked;
    private double _share, _credit;
    private int _answered, _failed, _late;
    private TimeSpan _patience = TimeSpan.FromSeconds(20);

    private sealed class Served(Student student)
    {
        public Student Student => student;
        public StudentChatClient Client { get; } = new(student);
        public int Users { get; set; }
        public bool IsRetired { get; set; }

        /// <summary>Given up: it hangs, and would hang who disposes of it.</summary>
        public bool IsAbandoned { get; set; }
    }

    /// <summary>Another student serves.</summary>
    public event Action? Serving;

    /// <summary>The student that serves.</summary>
    public Student Current
    {
        get { lock (_lock) return _serving.Student; }
    }

    public Student? OnTrial
    {
        get { lock (_lock) return _trial?.Student; }
    }

    public TrialCounts Counts
    {
        get { lock (_lock) return new TrialCounts(_answered, _failed, _late); }
    }

    /// <param name="share">Of new queries, 0..1.</param>
    /// <param name="patience">Time to the first word, after which a query counts as late.</param>
    public void BeginTrial(Student student, double share, TimeSpan patience)
    {
        lock (_lock)
        {
            if (_trial is not null) throw new InvalidOperationException("a student is on trial already");
            (_trial, _share, _credit, _patience, _answered, _failed, _late) = (new Served(student), share, 0, patience, 0, 0, 0);
        }
    }

    public void EndTrial()
    {
        lock (_lock)
        {
            if (_trial is { } trial) Retire(trial);
            _trial = null;
        }
    }

    /// <summary>The student on trial serves from now on.</summary>
    public void Promote()
    {
        lock (_lock)
        {
            var old = _serving;
            _serving = _trial ?? throw new InvalidOperationException("no student is on trial");
            _trial = null;
            if (!_isParked) Retire(old);
            _isParked = false;
        }
        Serving?.Invoke();
    }

    /// <summary>Whether the student is out of memory: queries end with <see cref="StudentAwayException"/>.</summary>
    public bool IsParked
    {
        get { lock (_lock) return _isParked; }
    }

    /// <summary>Takes the student out of service; running answers end where they are.</summary>
    /// <param name="hangs">Why it is given up: its answers fail at once, and nobody waits for it. Null where it is well.</param>
    public void Park(string? hangs)
    {
        Served old;
        lock (_lock)
        {
            if (_isParked) return;
            (_isParked, old) = (true, _serving);
            old.IsAbandoned = hangs is not null;
            Retire(old);
        }
        if (hangs is not null) old.Student.Abandon(hangs);
    }

    /// <summary>Another student serves, in place of one that was taken out; false where one serves meanwhile.</summary>
    public bool Unpark(Student student)
    {
        lock (_lock)
        {
            if (!_isParked) return false;
            (_serving, _isParked) = (new Served(student), false);
            return true;
        }
    }

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var asked = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var hasFailed = false;
        if (TakeTrial() is { } trial)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var stream = trial.Client.GetStreamingResponseAsync(asked, options, cancellation.Token).GetAsyncEnumerator(cancellation.Token);
            try
            {
                (var begins, hasFailed) = await BeginsAsync(stream, cancellation, cancellationToken).ConfigureAwait(false);
                if (begins)
                {
                    do yield return Marked(stream.Current, isTrial: true);
                    while (await GoesOnAsync(stream, cancellationToken).ConfigureAwait(false));
                    yield break;
                }
            }
            finally
            {
                await stream.DisposeAsync().ConfigureAwait(false);
                Return(trial);
            }
        }
        var served = TakeServing();
        try
        {
            await foreach (var update in served.Client.GetStreamingResponseAsync(asked, options, cancellationToken).ConfigureAwait(false))
            {
                // what the incumbent cannot answer either is the query's fault
                if (hasFailed) Count(ref _failed);
                hasFailed = false;
                yield return OnTrial is null ? update : Marked(update, isTrial: false);
            }
        }
        finally
        {
            Return(served);
        }
    }

    private static ChatResponseUpdate Marked(ChatResponseUpdate update, bool isTrial)
    {
        (update.AdditionalProperties ??= [])[StudentContract.OnTrial] = isTrial;
        return update;
    }

    /// <summary>
    /// Whether the student on trial gives a first word in time, and whether it failed; what goes wrong before is hidden from the asker.
    /// </summary>
    private async Task<(bool Begins, bool HasFailed)> BeginsAsync(IAsyncEnumerator<ChatResponseUpdate> stream,
        CancellationTokenSource cancellation, CancellationToken asker)
    {
        var first = stream.MoveNextAsync().AsTask();
        try
        {
            if (await first.WaitAsync(_patience, clock, asker).ConfigureAwait(false)) return (true, false);
            return (false, true); // an answer without an end
        }
        catch (TimeoutException)
        {
            Count(ref _late);
            await cancellation.CancelAsync().ConfigureAwait(false);
            await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e) when (!asker.IsCancellationRequested && e is not EngineBusyException)
        {
            return (false, true);
        }
        catch (EngineBusyException)
        {
            // no fault of the student's
        }
        return (false, false);
    }

    private async Task<bool> GoesOnAsync(IAsyncEnumerator<ChatResponseUpdate> stream, CancellationToken asker)
    {
        try
        {
            if (await stream.MoveNextAsync().ConfigureAwait(false)) return true;
            Count(ref _answered);
            return false;
        }
        catch (Exception e) when (!asker.IsCancellationRequested)
        {
            Count(ref _failed);
            throw new TrialFailedException(e); // no fault of the incumbent's
        }
    }

    private void Count(ref int counter)
    {
        lock (_lock) counter++;
    }

    private Served? TakeTrial()
    {
        lock (_lock)
        {
            if (_trial is null || (_credit += _share) < 1) return null;
            _credit--;
            _trial.Users++;
            return _trial;
        }
    }

    private Served TakeServing()
    {
        lock (_lock)
        {
            if (_isParked) throw new StudentAwayException();
            _serving.Users++;
            return _serving;
        }
    }

    private void Return(Served served)
    {
        lock (_lock)
            if (--served.Users > 0 || !served.IsRetired || served.IsAbandoned) return;
        Task.Run(served.Student.Dispose); // the asker need not wait for it
    }

    /// <summary>Called with the lock held; a student nobody uses any more goes at once, on another thread.</summary>
    private static void Retire(Served served)
    {
        served.IsRetired = true;
        if (served.Users == 0 && !served.IsAbandoned) Task.Run(served.Student.Dispose);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType.IsInstanceOfType(this) ? this : _serving.Client.GetService(serviceType, serviceKey);

    /// <summary>Students nobody uses go at once, others when their last query ends.</summary>
    public void Dispose()
    {
        List<Served> unused;
        lock (_lock)
        {
            unused = [.. new[] { _trial, _isParked ? null : _serving }.OfType<Served>()];
            _trial = null;
            foreach (var served in unused) served.IsRetired = true;
            unused.RemoveAll(s => s.Users > 0);
        }
        foreach (var served in unused) served.Student.Dispose();
    }
}
