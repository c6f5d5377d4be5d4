using EdgeAgent.Mqtt.Broker;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Mqtt.Broker;

public sealed class UserFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static BrokerUser User(string name, BrokerRole role, string password) =>
        new(name, role, PasswordHash.Of(System.Text.Encoding.UTF8.GetBytes(password), PasswordHash.MinIterations));

    [Fact]
    public void Save_AndLoad_KeepsUsersAndHoldsNoPassword()
    {
        var path = _directory.File("users");
        UserFile.Save(path, [User("hmi-1", BrokerRole.Terminal, "secret-word"), User("fleet", BrokerRole.Fleet, "other-word")]);
        var users = UserFile.Load(path);
        Assert.Equal(["fleet", "hmi-1"], users.Keys.Order());
        Assert.True(users["hmi-1"].Password.Matches("secret-word"u8));
        Assert.False(users["hmi-1"].Password.Matches("other-word"u8));
        Assert.DoesNotContain("word", File.ReadAllText(path), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    /// <summary>Two users with one password do not show it, and the count of iterations is the file's.</summary>
    [Fact]
    public void Hash_IsSaltedAndSaysItsIterations()
    {
        var (one, other) = (PasswordHash.Of("same"u8, 10_000).ToString(), PasswordHash.Of("same"u8, 10_000).ToString());
        Assert.NotEqual(one, other);
        Assert.StartsWith("pbkdf2-sha256$10000$", one, StringComparison.Ordinal);
        Assert.Contains("$600000$", PasswordHash.Of("x"u8).ToString(), StringComparison.Ordinal);
        Assert.False(PasswordHash.Decoy.Matches(""u8));
    }

    [Theory]
    [InlineData("hmi-1")]
    [InlineData("hmi-1:terminal:plain-password")]
    [InlineData("hmi-1:agent:HASH")]
    [InlineData("hmi-1:local:HASH")]
    [InlineData("hmi/1:terminal:HASH")]
    [InlineData(":terminal:HASH")]
    [InlineData("a:terminal:HASH\na:fleet:HASH")]
    [InlineData("a:terminal:pbkdf2-sha256$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void Load_WhatIsNoFileOfUsers_IsRefusedWithTheLineAndWithoutItsText(string content)
    {
        var path = _directory.File("users");
        var hash = PasswordHash.Of("x"u8, 10_000).ToString();
        File.WriteAllText(path, $"# comment\n\n{content.Replace("HASH", hash, StringComparison.Ordinal)}");
        var error = Assert.Throws<InvalidDataException>(() => UserFile.Load(path));
        Assert.Matches("line [34]", error.Message);
        Assert.DoesNotContain("plain-password", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_AfterAChangeOfTheFile_KnowsTheNewUsers_AndKeepsThemWhereItIsDamaged()
    {
        var path = _directory.File("users");
        using var directory = new UserDirectory(path, NullLogger.Instance);
        Assert.False(directory.HasUsers);
        UserFile.Save(path, [User("a", BrokerRole.Terminal, "first-word")]);
        Assert.Equal(LoginResult.Accepted, await directory.LogInAsync("a", "first-word"u8.ToArray()));
        Assert.Equal(LoginResult.Accepted, await directory.LogInAsync("a", "first-word"u8.ToArray())); // known now
        Assert.Equal(LoginResult.WrongPassword, await directory.LogInAsync("a", "first-wor"u8.ToArray()));
        Assert.Equal(LoginResult.WrongPassword, await directory.LogInAsync("b", "first-word"u8.ToArray()));
        UserFile.Save(path, [User("a", BrokerRole.Terminal, "second-word"), User("b", BrokerRole.Fleet, "x-word")]);
        Assert.Equal(LoginResult.WrongPassword, await directory.LogInAsync("a", "first-word"u8.ToArray()));
        Assert.Equal(LoginResult.Accepted, await directory.LogInAsync("a", "second-word"u8.ToArray()));
        File.WriteAllText(path, "garbage");
        Assert.Equal(LoginResult.Accepted, await directory.LogInAsync("b", "x-word"u8.ToArray()));
        Assert.True(directory.HasUsers);
    }
}
