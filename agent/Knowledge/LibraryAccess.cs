namespace EdgeAgent.Knowledge;

/// <summary>
/// A library as each asker may read it, made when the library is loaded: people with the same documents share one. Immutable; safe for
/// concurrent use.
/// </summary>
internal sealed class LibraryAccess
{
    private readonly Library _open;
    private readonly Dictionary<string, Library> _byReader = new(StringComparer.Ordinal);

    /// <param name="roles">For each role its readers, see <see cref="KnowledgeOptions.Roles"/>.</param>
    public LibraryAccess(Library library, IReadOnlyDictionary<string, IReadOnlyList<string>> roles)
    {
        Whole = library;
        if (library.Documents.All(d => d.Roles.Count == 0))
        {
            _open = library;
            return;
        }
        _open = library.For([]);
        var shared = new Dictionary<string, Library>(StringComparer.Ordinal) { [_open.Audience] = _open };
        foreach (var reader in roles.SelectMany(r => r.Value).Distinct(StringComparer.Ordinal))
        {
            var view = library.For([.. roles.Where(r => r.Value.Contains(reader)).Select(r => r.Key)]);
            if (!shared.TryAdd(view.Audience, view)) view = shared[view.Audience];
            _byReader[reader] = view;
        }
    }

    /// <summary>All of it, for those who run the device.</summary>
    public Library Whole { get; }

    /// <summary>What somebody may read.</summary>
    /// <param name="reader">As <see cref="KnowledgeOptions.Roles"/> names people; null for somebody unknown.</param>
    public Library For(string? reader) => reader is not null && _byReader.TryGetValue(reader, out var own) ? own : _open;
}
