using EdgeAgent.Platform;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>A user of the embedded broker.</summary>
internal sealed record BrokerUser(string Name, BrokerRole Role, PasswordHash Password);

/// <summary>
/// The users of the embedded broker, a line each: <c>NAME:ROLE:PASSWORD</c>, see <see cref="PasswordHash"/>. Empty lines and lines that
/// begin with '#' do not count.
/// </summary>
internal static class UserFile
{
    /// <summary>More users than one device has terminals; a file beyond either bound is another file.</summary>
    public const int MaxUsers = 1000, MaxBytes = 1 << 20;

    /// <summary>Roles that a user can have.</summary>
    public static IReadOnlyList<BrokerRole> Roles { get; } = [BrokerRole.Terminal, BrokerRole.Fleet, BrokerRole.Kiosk, BrokerRole.Viewer];

    /// <summary>A role as it is written.</summary>
    public static string Word(BrokerRole role) => role.ToString().ToLowerInvariant();

    public static bool TryRole(string word, out BrokerRole role)
    {
        role = Roles.FirstOrDefault(r => Word(r) == word);
        return Roles.Any(r => Word(r) == word);
    }

    /// <summary>The users by name; none where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file holds something else; names the line.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, BrokerUser> Load(string path)
    {
        if (!File.Exists(path)) return new Dictionary<string, BrokerUser>();
        if (new FileInfo(path).Length is var length and > MaxBytes)
            throw new InvalidDataException($"expected a file of users of at most {MaxBytes} bytes in '{path}'; found {length}");
        return Parse(TextFile.ReadLines(path), path);
    }

    private static Dictionary<string, BrokerUser> Parse(IReadOnlyList<string> lines, string path)
    {
        var users = new Dictionary<string, BrokerUser>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            // without the line itself: it may hold a password that somebody wrote there by hand
            if (line.Split(':') is not [var name, var word, var text] || !Topics.IsName(name) || !TryRole(word, out var role)
                || !PasswordHash.TryParse(text, out var hash))
                throw new InvalidDataException($"expected NAME:ROLE:PASSWORD as 'edge-agent broker passwd' writes it in '{path}', " +
                    $"with a role of {string.Join(", ", Roles.Select(Word))}; found something else in line {i + 1}");
            if (!users.TryAdd(name, new BrokerUser(name, role, hash!)))
                throw new InvalidDataException($"expected each user once in '{path}'; found '{name}' again in line {i + 1}");
            if (users.Count > MaxUsers)
                throw new InvalidDataException($"expected at most {MaxUsers} users in '{path}'; found more");
        }
        return users;
    }

    /// <summary>Replaces the file. A new one is readable by its owner alone; an old one keeps its mode.</summary>
    /// <exception cref="IOException">It cannot be written; the old file is intact.</exception>
    public static void Save(string path, IEnumerable<BrokerUser> users)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var isPosix = !OperatingSystem.IsWindows();
        var mode = isPosix && File.Exists(path) ? File.GetUnixFileMode(path) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        DurableFile.Write(path, stream =>
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(((FileStream)stream).SafeFileHandle, mode);
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("# Users of the embedded broker. Written by 'edge-agent broker passwd'.");
            foreach (var user in users.OrderBy(u => u.Name, StringComparer.Ordinal))
                writer.WriteLine($"{user.Name}:{Word(user.Role)}:{user.Password}");
        });
    }
}
