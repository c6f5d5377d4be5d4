using System.Text.Json;
using System.Threading.Channels;
using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Privacy;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Answers;

/// <summary>
/// The running service's answers: curated ones, and those the student gave that may be given again, in memory and kept true to
/// the database, also when another process writes to that. Learned answers belong to the student that gave them: with another
/// one they go. A database that fails costs answers, never the service. Safe for concurrent use.
/// </summary>
internal sealed class AnswerCache : IAsyncDisposable
{
    private const int WritesWaiting = 256, MaxServed = 10_000, MaxAsked = 10_000, MaxRefused = 10_000, BadRating = 2;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private readonly AnswerStore _store;
    private readonly QuestionReader _reader;
    private readonly AnswerOptions _options;
    private readonly string _scope;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new(), _disk = new(); // the disk's is taken last: nobody waits for it who only asks
    private readonly ITimer _timer;
    private readonly Channel<Action> _writes =
        Channel.CreateBounded<Action>(new BoundedChannelOptions(WritesWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _writer;
    private readonly HashSet<string> _refused;
    private readonly Dictionary<string, string> _servedBy = new(StringComparer.Ordinal); // answer id -> entry
    private readonly Queue<string> _servedOrder = new();
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal); // questions asked once
    private readonly Queue<string> _askedOrder = new();
    private SieveCache<AnswerEntry> _learned;
    private string? _model;
    private long _version;
    private long _hits, _misses;
    private volatile CuratedAnswers _book;

    /// <param name="scope">For whom answers are learned (the site), and by which version of the prompt.</param>
    public AnswerCache(string path, Desensitizer desensitizer, AnswerOptions options, string scope, TimeProvider clock)
    {
        (_store, _reader, _options, _scope, _clock) = (AnswerStore.Open(path, clock), new QuestionReader(desensitizer), options, scope,
            clock);
        _refused = [.. _store.Refused().TakeLast(MaxRefused)];
        (_book, _learned) = Load();
        _timer = clock.CreateTimer(_ => Refresh(), null, LookAgain, LookAgain);
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>Where a damaged database was put; null where all is well.</summary>
    public string? QuarantinedPath => _store.QuarantinedPath;

    public int Count
    {
        get { lock (_lock) return _book.Count + _learned.Count; }
    }

    public int Learned
    {
        get { lock (_lock) return _learned.Count; }
    }

    public long Hits => Interlocked.Read(ref _hits);

    public long Misses => Interlocked.Read(ref _misses);

    /// <summary>What is said where nothing else can be; empty: nothing.</summary>
    public string Preset => _options.Preset;

    /// <summary>The student that serves from now on: what others gave is forgotten.</summary>
    /// <param name="model">Its digest.</param>
    public void Serve(string model)
    {
        lock (_lock)
        {
            if (_model == model) return;
            _model = model;
            var doomed = _learned.Values.Where(e => e.Model != model).ToList();
            foreach (var entry in doomed) _learned.Remove(entry.Key!);
            if (doomed.Count == 0) return;
            lock (_disk) _store.Delete(doomed.Select(e => e.Id));
        }
    }

    public AnswerHit Find(Scrubbed question, bool mayGuess)
    {
        var hit = _book.Find(question, mayGuess, LearnedAnswer);
        Interlocked.Increment(ref hit.IsHit ? ref _hits : ref _misses);
        return hit;
    }

    private AnswerEntry? LearnedAnswer(string key)
    {
        var hashed = _store.KeyOf(key, _scope);
        lock (_lock) return _learned.TryGet(hashed, out var entry) && entry.Model == _model ? entry : null;
    }

    /// <summary>
    /// Keeps a student's answer for the next one who asks the same, from the second time on that it is asked: what was asked once
    /// may be about somebody.
    /// </summary>
    /// <returns>Why not; null where it is kept.</returns>
    public string? Learn(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        if (!_options.Learn) return "switched off";
        if (LearningRule.Refusal(candidate) is { } reason) return reason;
        var now = _clock.GetUtcNow();
        var key = _store.KeyOf(QuestionReader.Read(candidate.Question).Key, _scope);
        var entry = new AnswerEntry
        {
            Id = candidate.Id,
            Key = key,
            Answer = candidate.Answer.Text,
            Source = AnswerEntry.Learned,
            Model = candidate.Model,
            CreatedAt = now,
            ValidUntil = now.AddDays(_options.LearnedDays)
        };
        lock (_lock)
        {
            if (candidate.Model != _model) return "another student's";
            if (_refused.Contains(key)) return "rated bad";
            if (_learned.TryGet(key, out var known) && known.ValidUntil > now) return "known";
            if (_asked.Add(key))
            {
                _askedOrder.Enqueue(key);
                if (_askedOrder.Count > MaxAsked) _asked.Remove(_askedOrder.Dequeue());
                return "asked for the first time";
            }
            List<string> gone = [.. _learned.Put(key, entry).Select(e => e.Id)];
            if (gone.Contains(entry.Id)) return "too long";
            if (known is not null) gone.Add(known.Id);
            _writes.Writer.TryWrite(() =>
            {
                _store.Put([entry], now);
                if (gone.Count > 0) _store.Delete(gone);
            });
        }
        return null;
    }

    /// <summary>Remembers which entry answered, so that a rating finds it.</summary>
    public void Served(string answerId, AnswerEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Source != AnswerEntry.Learned) return;
        lock (_lock)
        {
            _servedBy[answerId] = entry.Id;
            _servedOrder.Enqueue(answerId);
            if (_servedOrder.Count > MaxServed) _servedBy.Remove(_servedOrder.Dequeue());
        }
    }

    /// <summary>
    /// A rating, 1..5, of a reply. A bad one drops the learned answer behind it, and nothing more is learned for its question.
    /// </summary>
    /// <returns>Whether an answer went.</returns>
    public bool Rate(string answerId, int rating)
    {
        if (rating > BadRating) return false;
        lock (_lock)
        {
            var id = _servedBy.GetValueOrDefault(answerId, answerId);
            if (_learned.Values.FirstOrDefault(e => e.Id == id) is not { } entry) return false;
            var key = entry.Key!;
            _learned.Remove(key);
            if (_refused.Count < MaxRefused) _refused.Add(key);
            var now = _clock.GetUtcNow();
            _writes.Writer.TryWrite(() =>
            {
                _store.Delete([id]);
                _store.Refuse(key, now);
            });
            return true;
        }
    }

    /// <summary>Writes a correction {"id"?,"questions","answer",...}: what it says counts from now on.</summary>
    /// <exception cref="FormatException">It is no answer.</exception>
    public string Correct(ReadOnlySpan<byte> json)
    {
        var entry = Correction(json);
        Correct([entry]);
        return entry.Id;
    }

    /// <summary>Reads a correction.</summary>
    /// <exception cref="FormatException">It is no answer.</exception>
    public static AnswerEntry Correction(ReadOnlySpan<byte> json)
    {
        AnswerEntry? entry;
        try
        {
            entry = JsonSerializer.Deserialize(json, AnswerJson.Default.AnswerEntry);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"an answer as JSON; {e.Message}", e);
        }
        if (entry?.Questions is not { Count: > 0 } || string.IsNullOrWhiteSpace(entry.Answer))
            throw new FormatException("questions and an answer");
        return entry with
        {
            Id = string.IsNullOrEmpty(entry.Id) ? QuestionText.Of(entry.Questions[0]).Key : entry.Id,
            Source = AnswerEntry.Curated
        };
    }

    /// <summary>Writes corrections in one go.</summary>
    public void Correct(IReadOnlyCollection<AnswerEntry> corrections)
    {
        lock (_lock)
        {
            lock (_disk) _store.Put(corrections, _clock.GetUtcNow());
            (_book, _learned) = Load();
        }
    }

    /// <summary>Deletes by {"match"?,"model"?,"older_days"?}; returns how many.</summary>
    /// <exception cref="FormatException">It says nothing of what to delete.</exception>
    public int Purge(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            string? Text(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
            var (model, match) = (Text("model"), Text("match"));
            DateTimeOffset? before = root.TryGetProperty("older_days", out var days) ? _clock.GetUtcNow().AddDays(-days.GetDouble()) : null;
            if (model is null && match is null && before is null) throw new FormatException("match, model or older_days");
            lock (_lock)
            {
                // a reply's id finds the entry it was answered by
                if (match is not null && _servedBy.TryGetValue(match, out var id)) match = id;
                int deleted;
                lock (_disk)
                {
                    Drain();
                    deleted = _store.Purge(model, before, match);
                }
                (_book, _learned) = Load();
                return deleted;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"what to delete as JSON; {e.Message}", e);
        }
    }

    /// <summary>What waits to be written is written first, so that nothing read is older than what is known.</summary>
    private (CuratedAnswers Book, SieveCache<AnswerEntry> Learned) Load()
    {
        IReadOnlyList<AnswerEntry> all;
        lock (_disk)
        {
            Drain();
            _version = _store.Version;
            all = _store.All();
        }
        var learned = new SieveCache<AnswerEntry>((long)(_options.LearnedMegabytes * 1_000_000), e => 2L * e.Answer.Length + 200);
        foreach (var entry in all.Where(e => e is { Source: AnswerEntry.Learned, Key: not null }).OrderBy(e => e.CreatedAt))
            learned.Put(entry.Key!, entry);
        return (new CuratedAnswers(all.Where(e => e.Source == AnswerEntry.Curated), _reader, new SimilarityOptions(), _clock), learned);
    }

    private void Drain()
    {
        while (_writes.Reader.TryRead(out var write)) write();
    }

    private void Refresh()
    {
        lock (_lock)
        {
            try
            {
                long version;
                lock (_disk) version = _store.Version;
                if (version != _version) (_book, _learned) = Load();
            }
            catch (SqliteException)
            {
                // what is in memory stays
            }
        }
    }

    private async Task WriteAsync()
    {
        while (await _writes.Reader.WaitToReadAsync().ConfigureAwait(false))
            lock (_disk)
            {
                try
                {
                    if (_writes.Reader.TryRead(out var write)) write();
                }
                catch (SqliteException)
                {
                    // a full disk: the answer lives in memory only
                }
            }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _writes.Writer.TryComplete();
        await _writer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_disk) _store.Dispose();
    }
}
