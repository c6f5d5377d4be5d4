using EdgeAgent.Answers.Learning;
using EdgeAgent.Answers.Matching;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Answers.Storage;

/// <summary>
/// The stored answers. One caller at a time, except for <see cref="KeyOf"/>. Members that read or write throw
/// <see cref="SqliteException"/> where the disk refuses.
/// </summary>
internal interface IAnswerStore : IDisposable
{
    /// <summary>Where a database that could not be used was moved; null where none was.</summary>
    string? QuarantinedPath { get; }

    /// <summary>Why nothing can be written at present; null where all is well.</summary>
    string? Problem { get; }

    /// <summary>Changes when another process has written.</summary>
    long Version { get; }

    /// <summary>
    /// What is stored for a learned answer's question: a hash under this database's own seed. Other scopes hash to something else.
    /// </summary>
    /// <param name="question"><see cref="QuestionText.Key"/>.</param>
    /// <param name="scope">For whom answers are learned.</param>
    string KeyOf(string question, string scope);

    /// <summary>All entries that can be used, by id.</summary>
    IReadOnlyList<AnswerEntry> All();

    /// <summary>Keys of questions whose answers were rated bad, the oldest first.</summary>
    IReadOnlyList<string> Refused();

    /// <summary>Writes entries in one transaction; those with a known id are replaced.</summary>
    void Put(IEnumerable<AnswerEntry> entries, DateTimeOffset now);

    /// <summary>Writes what has changed in memory, in one transaction.</summary>
    void Apply(LearnedChanges changes, DateTimeOffset now);

    /// <summary>Deletes the entries that fit; returns how many.</summary>
    int Purge(PurgeFilter filter);
}
