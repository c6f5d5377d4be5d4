using System.Diagnostics;

namespace EdgeAgent.Tests.Mqtt;

/// <summary>The files of provisioning/mosquitto in a directory of a test, with users that its own script adds.</summary>
internal static class MosquittoUsers
{
    /// <summary>Copies the rules and adds the users, all with one password.</summary>
    public static async Task AddAsync(string directory, string password, params (string Name, string Role)[] users)
    {
        var shipped = Path.Combine(SharedData.Repository, "provisioning", "mosquitto");
        File.Copy(Path.Combine(shipped, "acl"), Path.Combine(directory, "acl"));
        foreach (var (name, role) in users)
        {
            using var script = Process.Start(new ProcessStartInfo("sh", [Path.Combine(shipped, "add-user.sh"), role, name, directory])
            { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
            try
            {
                await script.StandardInput.WriteLineAsync(password);
                script.StandardInput.Close();
            }
            catch (IOException)
            {
                // it has ended already, and says why
            }
            var said = await script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await script.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(script.ExitCode == 0, said);
        }
        if (OperatingSystem.IsWindows()) return;
        // mosquitto run by root becomes its own user
        foreach (var file in new[] { "acl", "passwords" })
            File.SetUnixFileMode(Path.Combine(directory, file), (UnixFileMode)0b110_100_100);
    }

    /// <summary>The shipped configuration, for the given directory and without the lines that the fixture has of its own.</summary>
    public static string Configuration(string directory, string? certificate)
    {
        var lines = File.ReadAllLines(Path.Combine(SharedData.Repository, "provisioning", "mosquitto", "mosquitto.conf"))
            .Where(l => !l.StartsWith("listener", StringComparison.Ordinal) && !l.StartsWith("persistence", StringComparison.Ordinal)
                && !l.StartsWith("max_queued", StringComparison.Ordinal)
                && (certificate is not null || !l.Contains("/certs/", StringComparison.Ordinal)));
        return string.Join('\n', lines)
            .Replace("/etc/mosquitto/certs/broker", Path.Combine(directory, certificate ?? ""), StringComparison.Ordinal)
            .Replace("/etc/mosquitto/", directory + "/", StringComparison.Ordinal);
    }
}
