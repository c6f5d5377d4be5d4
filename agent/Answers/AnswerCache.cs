using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Answers.Review;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Privacy;

namespace EdgeAgent.Answers;

/// <summary>
/// The running service's answers: curated ones, and those of the student that may be given again. Questions, learning and ratings
/// work on memory and never wait for the disk; corrections and purges return when they are durable and visible. Learned answers belong
/// to the student that gave them, and to the library beside it: others do not serve them. Where the database fails, answers are
/// lost, never the service.
/// Safe for concurrent use.
/// </summary>
internal sealed class AnswerCache : IAsyncDisposable
{
    private readonly IAnswerStore _store;
    private readonly AnswerOptions _options;
    private readonly string _scope;
    private readonly TimeProvider _clock;
    private readonly LearnedAnswers _learned;
    private readonly AnswerWriter _writer;
    private readonly ServedLog _served = new();
    private volatile string? _digest;
    private long _hits, _misses;

    /// <param name="path">The database.</param>
    /// <param name="scope">For whom answers are learned (the site), and by which version of the prompt.</param>
    public AnswerCache(string path, Desensitizer desensitizer, AnswerOptions options, string scope, TimeProvider clock)
        : this(AnswerStore.Open(path, clock), desensitizer, options, scope, clock)
    {
    }

    /// <param name="store">Disposed with the cache.</param>
    internal AnswerCache(IAnswerStore store, Desensitizer desensitizer, AnswerOptions options, string scope, TimeProvider clock)
    {
        (_store, _options, _scope, _clock) = (store, options, scope, clock);
        _learned = new LearnedAnswers((long)(options.LearnedMegabytes * 1_000_000),
            store.All().Where(e => e.Source == AnswerEntry.Learned).OrderBy(e => e.CreatedAt), store.Refused());
        var reader = new QuestionReader(desensitizer);
        _writer = new AnswerWriter(store, _learned,
            (entries, previous) => new CuratedAnswers(entries, reader, options.Similarity, clock, previous), clock);
    }

    /// <summary>What proposes answers for review; null where nothing does.</summary>
    public ReviewQueue? Review { get; init; }

    /// <summary>Where a damaged database was moved; null where none was.</summary>
    public string? QuarantinedPath => _store.QuarantinedPath;

    /// <summary>Why answers cannot be stored at present; null where all is well.</summary>
    public string? Problem => _store.Problem;

    /// <summary>Curated and learned answers.</summary>
    public int Count => _writer.Curated.Count + Learned;

    public int Learned => _learned.Count;

    public long Hits => Interlocked.Read(ref _hits);

    public long Misses => Interlocked.Read(ref _misses);

    /// <summary>The reply where neither the student nor the cache has an answer; empty: none.</summary>
    public string Preset => _options.Preset;

    /// <summary>The student and the library that serve from now on: what was learned under others is dropped.</summary>
    /// <param name="model">The student's digest; null where none serves at present: the one before may come back.</param>
    /// <param name="library">The library's version; empty without one.</param>
    public void Serve(string? model, string library = "")
    {
        _digest = model ?? _digest;
        if (_digest is not { } digest) return;
        _learned.Serve(AnswerEntry.ModelOf(digest, library));
        _writer.Wake();
    }

    /// <param name="allowSimilar">Whether a similar question may answer, not only the same one.</param>
    public AnswerHit Find(Scrubbed question, bool allowSimilar)
    {
        var hit = _writer.Curated.Find(question, allowSimilar, key => _learned.Find(_store.KeyOf(key, _scope)));
        Interlocked.Increment(ref hit.IsHit ? ref _hits : ref _misses);
        return hit;
    }

    /// <summary>Keeps a student's answer for the next one who asks the same.</summary>
    /// <returns>Why it is not kept; null where it is.</returns>
    public string? Learn(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        if (!_options.Learn) return "switched off";
        if (LearningRule.Refusal(candidate) is { } reason) return reason;
        var now = _clock.GetUtcNow();
        var refusal = _learned.Add(new AnswerEntry
        {
            Id = candidate.Id,
            Key = _store.KeyOf(QuestionReader.Read(candidate.Question).Key, _scope),
            Answer = candidate.Answer.Text,
            Source = AnswerEntry.Learned,
            Model = AnswerEntry.ModelOf(candidate.Model, candidate.DocumentsVersion),
            CreatedAt = now,
            ValidUntil = now + _options.LearnedLifetime
        }, now);
        if (refusal is null) _writer.Wake();
        return refusal;
    }

    /// <summary>Remembers which entry answered, so that a rating finds it.</summary>
    public void Served(string answerId, AnswerEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Source == AnswerEntry.Learned) _served.Add(answerId, entry.Id);
    }

    /// <summary>
    /// Takes a rating, 1..5, of a reply. A bad one drops the learned answer behind it at once, and nothing more is learned for its
    /// question.
    /// </summary>
    /// <returns>Whether an answer was dropped.</returns>
    public bool Rate(string answerId, int rating)
    {
        if (rating > _options.BadRating || !_learned.Refuse(_served.EntryOf(answerId))) return false;
        _writer.Wake();
        return true;
    }

    /// <summary>Writes a correction as <see cref="AnswerEntry.Parse"/> reads it; returns its id.</summary>
    /// <exception cref="FormatException">The correction is no answer.</exception>
    /// <exception cref="System.Data.Common.DbException">The disk refuses; nothing has changed.</exception>
    public string Correct(ReadOnlySpan<byte> json)
    {
        var entry = AnswerEntry.Parse(json);
        Correct([entry]);
        return entry.Id;
    }

    /// <summary>Reads a correction.</summary>
    /// <exception cref="FormatException">The correction is no answer.</exception>
    public static AnswerEntry Correction(ReadOnlySpan<byte> json) => AnswerEntry.Parse(json);

    /// <summary>Writes corrections in one transaction; on return they are durable and served.</summary>
    /// <exception cref="System.Data.Common.DbException">The disk refuses; nothing has changed.</exception>
    public void Correct(IReadOnlyCollection<AnswerEntry> corrections) => _writer.Correct(corrections);

    /// <summary>Deletes by {"match"?,"model"?,"older_days"?}, where a reply's id names its answer; returns how many.</summary>
    /// <exception cref="FormatException">The command is malformed or selects nothing.</exception>
    /// <exception cref="System.Data.Common.DbException">The disk refuses.</exception>
    public int Purge(ReadOnlyMemory<byte> json)
    {
        var filter = PurgeFilter.Parse(json, _clock.GetUtcNow());
        return _writer.Purge(filter.Match is { } match ? filter with { Match = _served.EntryOf(match) } : filter);
    }

    public ValueTask DisposeAsync()
    {
        Review?.Dispose();
        return _writer.DisposeAsync();
    }
}
