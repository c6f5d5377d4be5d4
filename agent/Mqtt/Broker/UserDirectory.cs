using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>What a login came to.</summary>
internal enum LoginResult { Accepted, WrongPassword, Busy }

/// <summary>
/// The users, read again when their file changes, and their logins. A password is derived one at a time, because it is meant to be
/// costly; one that was right is known again for the price of a hash, so that a hall of terminals that reconnects does not wait. Safe
/// for concurrent use.
/// </summary>
internal sealed partial class UserDirectory : IDisposable
{
    /// <summary>Logins that wait for their derivation; more are told to come back.</summary>
    private const int MaxWaiting = 32;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _derivation = new(1);
    private readonly Lazy<byte[]> _knownKey = new(() => RandomNumberGenerator.GetBytes(32)); // no OpenSSL where nobody logs in
    private readonly Dictionary<string, (PasswordHash Hash, byte[] Proof)> _known = new(StringComparer.Ordinal);
    private readonly string? _path;
    private readonly ILogger _logger;
    private IReadOnlyDictionary<string, BrokerUser> _users = new Dictionary<string, BrokerUser>();
    private (DateTime Written, long Length) _stamp;
    private int _waiting;

    /// <param name="path">The users' file; null for none, for ever.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public UserDirectory(string? path, ILogger logger)
    {
        (_path, _logger) = (path, logger);
        if (path is null) return;
        _stamp = Stamp(path);
        _users = UserFile.Load(path);
    }

    /// <summary>Whether anybody has to log in.</summary>
    public bool HasUsers => Current().Count > 0;

    public BrokerUser? Find(string name) => Current().GetValueOrDefault(name);

    /// <summary>Whether the user has this password.</summary>
    public async Task<LoginResult> LogInAsync(string name, byte[] password)
    {
        var user = Find(name);
        var proof = HMACSHA256.HashData(_knownKey.Value, password);
        if (user is not null && IsKnown(user, proof)) return LoginResult.Accepted;
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return LoginResult.Busy;
        }
        try
        {
            await _derivation.WaitAsync().ConfigureAwait(false);
            try
            {
                var isRight = await Task.Run(() => (user?.Password ?? PasswordHash.Decoy).Matches(password)).ConfigureAwait(false);
                if (!isRight || user is null) return LoginResult.WrongPassword;
                lock (_lock) _known[name] = (user.Password, proof);
                return LoginResult.Accepted;
            }
            finally
            {
                _derivation.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private bool IsKnown(BrokerUser user, byte[] proof)
    {
        lock (_lock)
            return _known.TryGetValue(user.Name, out var known) && known.Hash == user.Password
                && CryptographicOperations.FixedTimeEquals(known.Proof, proof);
    }

    private IReadOnlyDictionary<string, BrokerUser> Current()
    {
        if (_path is null) return _users;
        lock (_lock)
        {
            try
            {
                var stamp = Stamp(_path);
                if (stamp == _stamp) return _users;
                _stamp = stamp;
                _users = UserFile.Load(_path);
                _known.Clear();
            }
            catch (Exception e) when (e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException)
            {
                NotRead(_logger, e.Message); // those who were users stay users
            }
            return _users;
        }
    }

    private static (DateTime, long) Stamp(string path) =>
        new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

    public void Dispose() => _derivation.Dispose();

    [LoggerMessage(Level = LogLevel.Error, Message = "The users of the embedded broker are not read again: {Reason}")]
    private static partial void NotRead(ILogger logger, string reason);
}
