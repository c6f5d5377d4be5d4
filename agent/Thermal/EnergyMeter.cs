namespace EdgeAgent.Thermal;

/// <summary>
/// Energy of answers: power is integrated over time (trapezoids between samples) and divided among the rows of the batch in use at
/// the time. An answer's energy is the share of one row between its begin and its end. Safe for concurrent use.
/// </summary>
internal sealed class EnergyMeter
{
    private readonly Lock _lock = new();
    private double _at, _watts, _perRow;
    private int _rows;
    private bool _hasSample;

    /// <param name="seconds">Time on the caller's own scale; not before the last sample.</param>
    /// <param name="watts">Null where the board gives no power: the sum begins anew with the next sample.</param>
    /// <param name="rows">Rows in use.</param>
    public void Sample(double seconds, double? watts, int rows)
    {
        lock (_lock)
        {
            if (watts is not { } now)
            {
                _hasSample = false;
                return;
            }
            if (_hasSample && seconds > _at) _perRow += (seconds - _at) * (_watts + now) / 2 / Math.Max(1, _rows);
            (_at, _watts, _rows, _hasSample) = (seconds, now, rows, true);
        }
    }

    /// <summary>Energy of one row up to a time, J; the difference of two is an answer's energy. Null without samples.</summary>
    public double? PerRow(double seconds)
    {
        lock (_lock) return _hasSample ? _perRow + Math.Max(0, seconds - _at) * _watts / Math.Max(1, _rows) : null;
    }
}
