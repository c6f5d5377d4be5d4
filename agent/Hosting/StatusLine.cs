using Microsoft.Extensions.Hosting.Systemd;

namespace EdgeAgent.Hosting;

/// <summary>
/// What the service manager hears: the line that <c>systemctl status</c> shows (sd_notify(3), STATUS=), and that the service lives.
/// Nothing where there is no systemd.
/// </summary>
internal sealed class StatusLine(ISystemdNotifier? notifier)
{
    private readonly Lock _lock = new();
    private string _text = "", _addition = "";

    /// <summary>What the service does.</summary>
    public void Set(string text)
    {
        lock (_lock)
        {
            _text = text;
            Show();
        }
    }

    /// <summary>What is wrong beside it; empty: nothing.</summary>
    public void Add(string addition)
    {
        lock (_lock)
        {
            if (addition == _addition) return;
            _addition = addition;
            Show();
        }
    }

    /// <summary>What was added last; empty where all is well.</summary>
    public string Addition
    {
        get { lock (_lock) return _addition; }
    }

    /// <summary>Tells the service manager that the service lives (WATCHDOG=1).</summary>
    public void Feed() => notifier?.Notify(new ServiceState("WATCHDOG=1"));

    private void Show() => notifier?.Notify(new ServiceState($"STATUS={(_addition.Length > 0 ? $"{_text}; {_addition}" : _text)}"));
}
