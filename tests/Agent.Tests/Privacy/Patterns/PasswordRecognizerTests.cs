using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Patterns;

/// <summary>Passwords and codes by the word before them.</summary>
public sealed class PasswordRecognizerTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>As people write them, whatever its characters.</summary>
    [Theory]
    [InlineData("摄像头密码[[Plant-2024x]]打不开")]
    [InlineData("密码是[[admin]]")]
    [InlineData("密码:[[Aa123456!]]")]
    [InlineData("密码 [[123456]]")]
    [InlineData("WiFi密码[[abc12345]]连不上")]
    [InlineData("口令为[[qwerty]]")]
    [InlineData("password: [[hunter2]]")]
    [InlineData("password [[Plant-2024x]] does not work")]
    [InlineData("The password is [[letmein1]].")]
    [InlineData("pwd=[[P@ss:w0rd/#1]]")]
    [InlineData("pin: [[4711]]")]
    [InlineData("PIN码[[8899]]")]
    [InlineData("token = [[abc123def456]]")]
    [InlineData("密码:\"[[ab12]]\"")]
    public void Find_PasswordBehindItsWord_IsFound(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));

    /// <summary>Nothing here is a password.</summary>
    [Theory]
    [InlineData("密码错误怎么办")]
    [InlineData("密码忘记了")]
    [InlineData("alias agent=$PWD/agent/bin2/agent")]
    [InlineData("密码至少8位")]
    [InlineData("password reset")]
    [InlineData("The password is wrong")]
    [InlineData("password required for the HMI")]
    [InlineData("Token ring network is down")]
    [InlineData("PIN 4 on connector X3")]
    [InlineData("pin X3.12 is loose")]
    [InlineData("PIN diode")]
    [InlineData("Login: operator")]
    public void Find_TalkOfPasswords_IsNone(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));
}
