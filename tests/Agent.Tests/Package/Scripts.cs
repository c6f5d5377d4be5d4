using System.Diagnostics;

namespace EdgeAgent.Tests.Package;

/// <summary>Runs a script of provisioning/package in a shell, with executables of the test's own before the system's.</summary>
internal sealed class Scripts : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    /// <summary>What runs the scripts.</summary>
    public string Shell { get; init; } = "sh";

    public string Log => System.IO.File.Exists(_directory.File("calls")) ? System.IO.File.ReadAllText(_directory.File("calls")) : "";

    public static string Source(string name) => Path.Combine(SharedData.Repository, "provisioning", "package", name);

    public string File(string name) => _directory.File(name);

    /// <summary>An executable that notes its call, then does what the body says.</summary>
    public void Fake(string name, string body)
    {
        var path = Path.Combine(Directory.CreateDirectory(_directory.File("bin")).FullName, name);
        System.IO.File.WriteAllText(path, $"#!/bin/sh\necho \"{name} $*\" >>'{_directory.File("calls")}'\n{body}\n");
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async Task<(int Code, string Error)> RunAsync(string script, string[] arguments, params (string Name, string Value)[] variables)
    {
        var info = new ProcessStartInfo(Shell) { RedirectStandardError = true, RedirectStandardOutput = true };
        info.ArgumentList.Add(script);
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        info.Environment["PATH"] = $"{_directory.File("bin")}:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach (var (name, value) in variables) info.Environment[name] = value;
        using var process = Process.Start(info)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Limit);
            await output;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Limit);
            return (process.ExitCode, error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true); // a script that waits for what does not come
        }
    }

    public void Dispose() => _directory.Dispose();
}
