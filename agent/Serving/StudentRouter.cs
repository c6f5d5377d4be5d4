using System.Runtime.CompilerServices;
using EdgeAgent.Inference.Engine;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Serving;

/// <summary>Outcomes of the queries a student on trial was given.</summary>
internal sealed record TrialCounts(int Answered, int Failed, int Late);

/// <summary>
/// Routes queries to the student that serves, and a share of them to a student on trial. Switching fails no query: new ones go to
/// the new student, running ones end where they began, and a student is disposed of when its last query ends. A query whose
/// student on trial fails before its first piece is asked again of the incumbent. Owns its students.
/// </summary>
/// <param name="first">Null where no student may be loaded: parked until <see cref="Unpark"/>.</param>
internal sealed class StudentRouter(Student? first, TimeProvider clock) : IChatClient
{
    private readonly Lock _lock = new();
    private Served? _serving = first is null ? null : new Served(first);
    private Served? _trial;
    private bool _isParked = first is null;
    private double _share, _credit;
    private int _answered, _failed, _late;
    private TimeSpan _firstPieceTimeout = TimeSpan.FromSeconds(20);

    private sealed class Served(Student student)
    {
        public Student Student => student;
        public StudentChatClient Client { get; } = new(student);
        public int Users { get; set; }
        public bool IsRetired { get; set; }

        /// <summary>Its step hangs: disposing of it would hang too.</summary>
        public bool IsAbandoned { get; set; }
    }

    /// <summary>Raised when another student has taken over, or the same one on another provider.</summary>
    public event Action? Serving;

    /// <summary>The student that serves, or served last; null before the first.</summary>
    public Student? Current
    {
        get { lock (_lock) return _serving?.Student; }
    }

    public Student? OnTrial
    {
        get { lock (_lock) return _trial?.Student; }
    }

    public TrialCounts Counts
    {
        get { lock (_lock) return new TrialCounts(_answered, _failed, _late); }
    }

    /// <param name="share">Share of new queries that the student gets, 0..1.</param>
    /// <param name="firstPieceTimeout">Time to the first piece after which a query counts as late.</param>
    public void BeginTrial(Student student, double share, TimeSpan firstPieceTimeout)
    {
        lock (_lock)
        {
            if (_trial is not null) throw new InvalidOperationException("a student is on trial already");
            (_trial, _share, _credit, _firstPieceTimeout, _answered, _failed, _late) = (new Served(student), share, 0, firstPieceTimeout, 0,
                0, 0);
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
            if (!_isParked && old is not null) Retire(old);
            _isParked = false;
        }
        Serving?.Invoke();
    }

    /// <summary>
    /// Lets a student take over from the one that serves; false when another one has taken over meanwhile, none is loaded, or a trial
    /// runs: the caller keeps the student then.
    /// </summary>
    public bool Replace(Student expected, Student student)
    {
        lock (_lock)
        {
            if (_isParked || _trial is not null || _serving?.Student != expected) return false;
            Retire(_serving);
            _serving = new Served(student);
        }
        Serving?.Invoke();
        return true;
    }

    /// <summary>Whether no student is loaded: queries fail with <see cref="StudentAwayException"/>.</summary>
    public bool IsParked
    {
        get { lock (_lock) return _isParked; }
    }

    /// <summary>Takes the student out of service and unloads it; running answers end where they began.</summary>
    /// <param name="hangs">Why the student is abandoned: its answers fail at once, and nothing waits for its step. Null for a
    /// sound one.</param>
    public void Park(string? hangs)
    {
        Served old;
        lock (_lock)
        {
            if (_isParked || _serving is null) return;
            (_isParked, old) = (true, _serving);
            old.IsAbandoned = hangs is not null;
            Retire(old);
        }
        if (hangs is not null) old.Student.Abandon(hangs);
    }

    /// <summary>Puts a student into service after <see cref="Park"/>; false when another one already serves.</summary>
    public bool Unpark(Student student)
    {
        lock (_lock)
        {
            if (!_isParked) return false;
            (_serving, _isParked) = (new Served(student), false);
        }
        Serving?.Invoke();
        return true;
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
                // a failure counts only when the incumbent can answer: otherwise the query is at fault
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
    /// Whether the student on trial gives a first piece in time, and whether it failed. Failures up to then are hidden from the asker.
    /// </summary>
    private async Task<(bool Begins, bool HasFailed)> BeginsAsync(IAsyncEnumerator<ChatResponseUpdate> stream,
        CancellationTokenSource cancellation, CancellationToken asker)
    {
        var first = stream.MoveNextAsync().AsTask();
        try
        {
            if (await first.WaitAsync(_firstPieceTimeout, clock, asker).ConfigureAwait(false)) return (true, false);
            return (false, true); // an answer without a single update
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
            // a full queue is not the student's failure
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
        catch (Exception e) when (!asker.IsCancellationRequested && e is not EngineBusyException)
        {
            Count(ref _failed);
            throw new TrialFailedException(e); // wrapped, so that the breaker does not count it against the incumbent
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
            if (_isParked || _serving is null) throw new StudentAwayException();
            _serving.Users++;
            return _serving;
        }
    }

    private void Return(Served served)
    {
        lock (_lock)
            if (--served.Users > 0 || !served.IsRetired || served.IsAbandoned) return;
        Task.Run(served.Student.Dispose); // the asker does not wait for it
    }

    /// <summary>Called with the lock held. An unused student is disposed of at once, on another thread.</summary>
    private static void Retire(Served served)
    {
        served.IsRetired = true;
        if (served.Users == 0 && !served.IsAbandoned) Task.Run(served.Student.Dispose);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType.IsInstanceOfType(this) ? this : _serving?.Client.GetService(serviceType, serviceKey);

    /// <summary>Disposes of unused students at once, of others when their last query ends.</summary>
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
