using System.Text.Json;

namespace EdgeAgent.Answers;

/// <summary>
/// The running service's answers: the book in memory, kept true to the database, also when another process writes to that. A
/// database that fails costs answers, never the service. Safe for concurrent use.
/// </summary>
public sealed class AnswerDesk : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private readonly AnswerStore _store;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private long _version;
    private long _hits, _misses;
    private volatile AnswerBook _book;

    public AnswerDesk(string path, TimeProvider clock)
    {
        (_store, _clock) = (AnswerStore.Open(path, clock), clock);
        _book = Load();
        _timer = clock.CreateTimer(_ => Refresh(), null, LookAgain, LookAgain);
    }

    /// <summary>Where a damaged database was put; null where all is well.</summary>
    public string? SetAside => _store.SetAside;

    public int Count => _book.Count;

    public long Hits => Interlocked.Read(ref _hits);

    public long Misses => Interlocked.Read(ref _misses);

    public AnswerHit Find(string question, bool mayGuess)
    {
        var hit = _book.Find(question, mayGuess);
        Interlocked.Increment(ref hit.IsHit ? ref _hits : ref _misses);
        return hit;
    }

    /// <summary>Writes a correction {"id"?,"questions","answer",...}: what it says counts from now on.</summary>
    /// <exception cref="FormatException">It is no answer.</exception>
    public string Correct(ReadOnlySpan<byte> json)
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
        if (entry?.Questions is not { Count: > 0 } || string.IsNullOrWhiteSpace(entry.Answer)) throw new FormatException("questions and an answer");
        var kept = entry with { Id = string.IsNullOrEmpty(entry.Id) ? QuestionText.Of(entry.Questions[0]).Key : entry.Id, Source = AnswerEntry.Curated };
        lock (_lock)
        {
            _store.Put([kept], _clock.GetUtcNow());
            _book = Load();
        }
        return kept.Id;
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
                var deleted = _store.Purge(model, before, match);
                _book = Load();
                return deleted;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"what to delete as JSON; {e.Message}", e);
        }
    }

    private AnswerBook Load()
    {
        _version = _store.Version;
        return new AnswerBook(_store.All(), new LikenessOptions(), _clock);
    }

    private void Refresh()
    {
        lock (_lock)
            if (_store.Version != _version) _book = Load();
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock) _store.Dispose();
    }
}
