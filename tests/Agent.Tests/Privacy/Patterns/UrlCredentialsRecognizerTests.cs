using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy.Patterns;

/// <summary>User information in addresses.</summary>
public sealed class UrlCredentialsRecognizerTests
{
    private static readonly Desensitizer Patterns = new(new PrivacyOptions(), entities: null);

    /// <summary>Whatever the scheme, the host and the characters of the password.</summary>
    [Theory]
    [InlineData("[[rtsp://admin:Plant-2024x@192.168.1.64:554/ch1]]")]
    [InlineData("[[rtsp://admin:P@ss/w0rd#1@192.168.1.64:554/ch1]] 打不开")]
    [InlineData("摄像头[[rtsp://admin:12345@camera.local/stream]]黑屏")]
    [InlineData("[[ftp://user:pw@10.0.0.5]]")]
    [InlineData("[[mqtt://line3:abc:123@broker:1883]]")]
    [InlineData("[[postgres://app:s3cr3t@[fe80::1]:5432/db]]")]
    [InlineData("[[jdbc:mysql://root:Abc@123@10.0.0.8:3306/mes]]")]
    [InlineData("[[opc.tcp://op:Line3!@192.168.0.5:4840]]。")]
    [InlineData("[[HTTP://Admin:Admin@192.168.1.1/index.html]]")]
    [InlineData("[[https://ghp_abcdefghijklmnopqrstuvwxyz0123456789@github.com/x]]")]
    [InlineData("ssh [[admin:Plant-2024x@192.168.1.64]]")]
    public void Find_PasswordInAnAddress_IsHiddenWithIt(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));

    /// <summary>Ports, paths and IP addresses alone.</summary>
    [Theory]
    [InlineData("opc.tcp://[[192.168.0.5]]:4840")]
    [InlineData("ssh://git@gitlab/line3.git")]
    [InlineData("git@gitlab:line3/plc.git")]
    public void Find_AddressWithoutAPassword_StaysAsItIs(string marked) =>
        Assert.Equal(marked, Marked.By(Patterns, marked));
}
