namespace EntityLab;

/// <summary>Draws from lists and makes numbers and letters; the same for the same seed.</summary>
internal sealed class Draw(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>A number from 0 to before <paramref name="end"/>.</summary>
    public int Next(int end) => _random.Next(end);

    /// <summary>A number from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    public int Next(int start, int end) => _random.Next(start, end);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => _random.Next(times) == 0;

    public T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

    /// <summary>So many digits.</summary>
    public string Number(int digits) => Run("0123456789", digits);

    /// <summary>So many capital letters.</summary>
    public string Letters(int count) => Run("ABCDEFGHIJKLMNOPQRSTUVWXYZ", count);

    /// <summary>So many of some characters.</summary>
    public string Run(string characters, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => characters[_random.Next(characters.Length)]));

    /// <summary>An alarm code: SP-14.</summary>
    public string AlarmCode() => $"{Letters(1)}{Letters(1)}-{_random.Next(10, 100)}";
}
